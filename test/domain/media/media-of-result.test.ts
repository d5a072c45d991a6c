/** Every file of every output shape is found once, in order, with what FAL said of it; nothing else is. */
import fc from 'fast-check'
import t from 'tap'
import {
  findMedia,
  mostFiles,
  sourcesOf,
  urlsIn,
  withoutEchoes,
} from '../../../src/domain/media/media-of-result.ts'

const at = (name: string) => `https://v3b.fal.media/files/b/0a1b2c3d/${name}`
const sourceAt = (result: unknown, path: string) => sourcesOf(result).get(path)
const brief = (result: unknown, inputs: string[] = []) =>
  findMedia(result, new Set(inputs)).map(({ path, kind }) => `${path}:${kind}`)

t.test('a file object keeps everything FAL said of it', async (t) => {
  const video = {
    url: at('out'),
    content_type: 'video/mp4',
    file_name: 'output.mp4',
    file_size: 4404019,
    width: 1280,
    height: 720,
    duration: 5.2,
  }
  t.same(findMedia({ video, seed: 42 }), [
    {
      index: 0,
      path: 'video',
      kind: 'video',
      sourceUrl: at('out'),
      contentType: 'video/mp4',
      fileName: 'output.mp4',
      bytes: 4404019,
      width: 1280,
      height: 720,
      durationSeconds: 5.2,
      thumbnailUrl: null,
      archive: null,
    },
  ])
})

t.test('the known output shapes', async (t) => {
  const file = (name: string) => ({ url: at(name) })
  const cases: [unknown, string[]][] = [
    [{ images: [file('a.png'), file('b.jpg')], seed: 1 }, ['images[0]:image', 'images[1]:image']],
    [{ image: file('a') }, ['image:image']],
    [{ video: [file('a'), file('b')] }, ['video[0]:video', 'video[1]:video']],
    [{ audio: file('a'), duration_ms: 1234 }, ['audio:audio']],
    [{ audio_file: file('x') }, ['audio_file:audio']],
    [{ audio_url: file('x.wav') }, ['audio_url:audio']],
    [{ video_url: at('x'), thumbnail_url: at('t.jpg') }, ['video_url:video']],
    [{ videoUrl: at('x') }, ['videoUrl:video']],
    [{ url: at('x.mp3') }, ['url:audio']],
    [{ signed_url: at('x.mp4?sig=1') }, ['signed_url:video']],
    [{ download_url: at('x.zip') }, ['download_url:file']],
    [{ url: at('x.mp4'), signed_url: at('x.mp4?s=1'), download_url: at('x.mp4?d=1') }, ['url:video']],
    [{ file: file('x.png') }, ['file:image']],
    [{ result: { file: { url: at('x') } } }, ['result.file:file']],
    [{ images: [at('a'), at('b')] }, ['images[0]:image', 'images[1]:image']],
    [{ image_urls: [at('a')] }, ['image_urls[0]:image']],
    [{ video: { url: [at('a.png'), at('b.mp4')] } }, ['video.url[0]:image', 'video.url[1]:video']],
    [{ video: at('a') }, ['video:video']],
    [
      { model_urls: { glb: file('m.glb'), obj: file('m.obj') } },
      ['model_urls.glb:file', 'model_urls.obj:file'],
    ],
    [{ model_urls: { glb: at('m.glb') } }, ['model_urls.glb:file']],
    [{ texture_urls: [{ base: file('t.png') }] }, ['texture_urls[0].base:image']],
    [{ frames_zip: file('x') }, ['frames_zip:file']],
    [{ vocals: file('v'), drums: file('d') }, ['drums:audio', 'vocals:audio']],
    [{ 'odd key.': file('v.mp4') }, ['["odd key."]:video']],
    [[file('a.png')], ['[0]:image']],
    [file('a.png'), ['url:image']],
  ]
  for (const [result, expected] of cases) t.same(brief(result), expected, JSON.stringify(result))
})

t.test('what is no file is not found', async (t) => {
  const none = [
    { prompt: 'https://example.com/x.png', description: 'see https://example.com' },
    { status_url: at('s'), response_url: at('r'), cancel_url: at('c') },
    { text: 'hello', svg_content: '<svg/>', boxes: [[1, 2, 3, 4]] },
    { url: '/relative.png' },
    { url: 'javascript:alert(1)' },
    { url: 'ftp://example.com/x.png' },
    { url: 'https://' },
    { url: 7, video_url: null, images: [null, 1, {}] },
    'https://example.com/x.png',
    null,
    undefined,
    12,
  ]
  for (const result of none) t.same(findMedia(result), [], JSON.stringify(result))
})

t.test('the same file listed twice is one file, with what either place told', async (t) => {
  const result = {
    results: [{ images: [{ url: at('a.png') }, { url: at('b.png') }] }],
    images: [{ url: at('a.png'), content_type: 'image/png', width: 8 }],
  }
  t.match(findMedia(result), [
    { index: 0, path: 'images[0]', alsoAt: ['results[0].images[0]'], contentType: 'image/png', width: 8 },
    { index: 1, path: 'results[0].images[1]', contentType: null },
  ])
  t.equal(findMedia(result).length, 2)
  const preview = { images: [{ url: at('a.png') }], preview: { url: at('a.png') } }
  t.match(findMedia(preview), [{ path: 'images[0]', thumbnailUrl: null }], 'nor is it its own thumbnail')
})

t.test('echoed inputs are left out, early or late', async (t) => {
  const input = { prompt: 'x', image_url: at('in.png'), nested: [{ image_urls: [at('in2.png')] }] }
  const result = {
    input_image: { url: at('in.png') },
    video: { url: at('out.mp4') },
    refs: [{ url: at('in2.png') }],
  }
  const inputs = urlsIn(input)
  t.same([...inputs], [at('in.png'), at('in2.png')])
  const early = findMedia(result, inputs)
  t.match(early, [{ index: 0, path: 'video' }])
  t.same(withoutEchoes(findMedia(result), inputs), early)
})

t.test('a thumbnail belongs to the one file beside it, else it is a file of its own', async (t) => {
  const thumb = { url: at('t.jpg') }
  t.match(findMedia({ video: { url: at('v.mp4') }, thumbnail: thumb }), [
    { path: 'video', thumbnailUrl: at('t.jpg') },
  ])
  t.match(findMedia({ thumbnail_url: at('t.jpg'), video_url: at('v.mp4') }), [
    { path: 'video_url', thumbnailUrl: at('t.jpg') },
  ])
  t.match(findMedia({ video: { url: at('v.mp4'), thumbnail_url: at('t.jpg') } }), [
    { thumbnailUrl: at('t.jpg') },
  ])
  t.same(brief({ thumbnail: thumb }), ['thumbnail:image'])
  t.same(
    brief({ model_glb: { url: at('m.glb') }, model_urls: { obj: { url: at('m.obj') } }, thumbnail: thumb }),
    ['model_glb:file', 'model_urls.obj:file', 'thumbnail:image'],
  )
  t.same(brief({ video: { url: at('v.mp4') }, preview: { url: at('p.mp4') } }), [
    'preview:video',
    'video:video',
  ])
  t.same(brief({ video: { url: at('v.mp4') }, preview_video: { url: at('p.mp4') } }), [
    'preview_video:video',
    'video:video',
  ])
})

t.test('the kind comes from the content type, then the extension, then the name', async (t) => {
  const kindOf = (result: unknown) => findMedia(result)[0]?.kind
  t.equal(kindOf({ video: { url: at('x.png'), content_type: 'audio/wav' } }), 'audio')
  t.equal(kindOf({ video: { url: at('x.png'), content_type: 'application/octet-stream' } }), 'image')
  t.equal(kindOf({ video: { url: at('x.PNG?x=1.mp4') } }), 'image')
  t.equal(kindOf({ thing: { url: at('x'), file_name: 'y.webm' } }), 'video')
  t.equal(kindOf({ output_video: { url: at('x') } }), 'video')
  t.equal(kindOf({ images: [{ url: at('x.constructor') }] }), 'image')
  t.equal(kindOf({ thing: { url: at('x') } }), 'file')
  t.equal(kindOf({ image: { url: at('x.json'), content_type: 'application/json' } }), 'file')
})

t.test('a data: URI has no source URL, its own content type, and is found again by its path', async (t) => {
  const uri = 'data:image/png;base64,iVBORw0KGgo='
  const result = {
    images: [{ url: uri, content_type: 'image/jpeg' }, { url: at('b.png') }],
    mask: uri.replace('png', 'gif'),
  }
  t.match(findMedia(result), [
    { path: 'images[0]', sourceUrl: null, contentType: 'image/png', kind: 'image' },
    { path: 'images[1]', sourceUrl: at('b.png') },
    { path: 'mask', sourceUrl: null, contentType: 'image/gif', kind: 'image' },
  ])
  t.equal(sourceAt(result, 'images[0]'), uri)
  t.equal(sourceAt(result, 'mask'), uri.replace('png', 'gif'))
  t.equal(sourceAt(result, 'images[7]'), undefined)
})

t.test('implausible numbers are dropped', async (t) => {
  const image = {
    url: at('a.png'),
    width: 0,
    height: -3,
    file_size: 1.5,
    duration: 'long',
    content_type: 7,
    file_name: '',
  }
  t.match(findMedia({ image }), [
    { width: null, height: null, bytes: null, durationSeconds: null, contentType: null, fileName: null },
  ])
})

t.test('any JSON is walked without trouble; indexes count from 0, URLs and paths are unique', async () => {
  const url = fc.constantFrom(at('a.png'), at('b.mp4'), at('c'), 'data:image/png;base64,AA==', 'x')
  const key = fc.constantFrom(
    'url',
    'video',
    'images',
    'thumbnail',
    'video_url',
    'model_urls',
    'file',
    'a b',
    'content_type',
  )
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      url,
      fc.integer(),
      fc.constant(null),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
    ),
  }))
  fc.assert(
    fc.property(fc.oneof(tree, fc.jsonValue()), (result) => {
      const media = findMedia(result)
      const urls = media.flatMap(({ sourceUrl }) => (sourceUrl === null ? [] : [sourceUrl]))
      return (
        media.every(
          ({ index, path }, place) => index === place && path !== '' && sourceAt(result, path) !== undefined,
        ) &&
        new Set(urls).size === urls.length &&
        new Set(media.map(({ path }) => path)).size === media.length &&
        JSON.stringify(findMedia(result)) === JSON.stringify(media)
      )
    }),
    { numRuns: 400 },
  )
})

t.test('a result nested beyond reason is read to a bounded depth', async (t) => {
  let deep: unknown = { url: at('a.png') }
  for (let level = 0; level < 5_000; level += 1) deep = { inner: deep }
  t.same(findMedia(deep), [])
  t.equal(urlsIn(deep).size, 0)
})

t.test('a hostile result gives a bounded list in little time', async (t) => {
  const links = (count: number, from = 0) => Array.from({ length: count }, (_, n) => at(`f${from + n}`))
  const wide = Object.fromEntries(links(40_000).map((url, n) => [`k${n}_url`, url]))
  const deep = Array.from({ length: 95 }).reduce((inner: object) => ({ [`k${'x'.repeat(9_000)}`]: inner }), {
    images: links(2_000).map((url) => ({ url })),
  })
  const thumbs = links(20_000).map((url, n) => ({
    url,
    thumbnail: { url: at(`t${n}`), poster: at(`p${n}`) },
  }))
  const results: Record<string, unknown> = {
    wide,
    list: { urls: links(300_000) },
    deep,
    thumbs,
    'long key': { [`k${'x'.repeat(1_000_000)}`]: links(999).map((url) => ({ url })) },
    inline: { images: links(2_000).map((_, n) => ({ url: `data:image/png;base64,${n}` })) },
    'long link': { images: [{ url: at('x'.repeat(100_000)) }, ...links(2_000).map((url) => ({ url }))] },
  }
  for (const [name, result] of Object.entries(results)) {
    const begun = performance.now()
    const media = findMedia(result)
    const tookMs = performance.now() - begun
    t.ok(media.length >= 999 && media.length <= mostFiles + 1, `${name}: ${media.length} files`)
    t.ok(
      JSON.stringify(media).length < 4 * 1024 * 1024,
      `${name}: ${JSON.stringify(media).length} characters`,
    )
    t.equal(new Set(media.map(({ path }) => path)).size, media.length, `${name}: each path is one file`)
    t.ok(tookMs < 15_000, `${name}: ${Math.round(tookMs)} ms`)
  }
})
