/** The media are real: decoders outside this project read them as what they claim to be. */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { fileTypeFromBuffer } from 'file-type'
import t from 'tap'
import { frameCount, makeMp4 } from '../../../src/simulator/media/mp4.ts'
import { drawPng } from '../../../src/simulator/media/png.ts'
import { makeWav } from '../../../src/simulator/media/wav.ts'

const directory = mkdtempSync(join(tmpdir(), 'simulator-media-'))
t.teardown(() => rmSync(directory, { recursive: true }))
const hasFfmpeg =
  spawnSync('ffprobe', ['-version']).status === 0 && spawnSync('ffmpeg', ['-version']).status === 0
const ffmpegOnly = hasFfmpeg ? {} : { skip: 'ffmpeg is not installed' }

/** What ffprobe says of the only stream; throws nothing, complains by text. */
function probe(name: string, bytes: Buffer): string {
  const path = join(directory, name)
  writeFileSync(path, bytes)
  const entries = 'stream=codec_name,width,height,nb_frames'
  const { stdout, stderr } = spawnSync('ffprobe', [
    '-v',
    'error',
    '-show_entries',
    entries,
    '-of',
    'csv=p=0',
    path,
  ])
  const decoded = spawnSync('ffmpeg', ['-v', 'error', '-i', path, '-f', 'null', '-'])
  return `${stdout}${stderr}${decoded.stderr}`.trim()
}

t.test('file signatures are those of PNG, MP4 and WAV', async (t) => {
  const note = 'n'
  const png = drawPng({ width: 64, height: 48, seed: 1, note })
  const mp4 = makeMp4({ width: 64, height: 48, seconds: 1, fps: 8, seed: 1, note })
  const wav = makeWav({ seconds: 1, seed: 1, note })
  const types = await Promise.all(
    [png, mp4, wav].map(async (bytes) => (await fileTypeFromBuffer(bytes))?.mime),
  )
  t.strictSame(types, ['image/png', 'video/mp4', 'audio/wav'])
})

t.test('a PNG unpacks to one filter byte and half a byte a pixel for each row', async (t) => {
  for (const [width, height] of [
    [1, 1],
    [7, 5],
    [501, 333],
    [1024, 768],
  ] as const) {
    const png = drawPng({ width, height, seed: 3, note: 'x' })
    const at = png.indexOf('IDAT')
    const rows = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)))
    t.equal(rows.length, (1 + Math.ceil(width / 2)) * height)
  }
})

t.test('moov comes before mdat, and the note makes each file its own', async (t) => {
  const order = { width: 1280, height: 720, seconds: 2, fps: 24, seed: 9 }
  const one = makeMp4({ ...order, note: '{"request_id":"a"}' })
  const two = makeMp4({ ...order, note: '{"request_id":"b"}' })
  t.ok(one.indexOf('moov') < one.indexOf('mdat'))
  t.ok(one.includes('{"request_id":"a"}'))
  t.notOk(one.equals(two))
})

t.test('ffmpeg decodes every picture of a video without a complaint', ffmpegOnly, async (t) => {
  for (const [width, height] of [
    [1280, 720],
    [1920, 1080],
    [720, 1280],
    [512, 512],
    [854, 480],
    [98, 34],
  ] as const) {
    const options = { width, height, seconds: 3, fps: 24, seed: width, note: '{}' }
    t.equal(probe(`${width}.mp4`, makeMp4(options)), `h264,${width},${height},${frameCount(options)}`)
  }
})

t.test('ffmpeg decodes pictures and sound', ffmpegOnly, async (t) => {
  t.match(probe('a.png', drawPng({ width: 301, height: 200, seed: 1, note: 'é' })), /^png,301,200/)
  t.match(probe('a.wav', makeWav({ seconds: 2.5, seed: 1, note: 'odd' })), /^pcm_u8/)
})
