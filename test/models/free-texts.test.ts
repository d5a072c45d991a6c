/** Texts for which FAL publishes no limit, prompts that say nothing, and files inside results. */
import t from 'tap'
import { AppError } from '../../src/domain/errors.ts'
import { prepare } from '../../src/models/prepare.ts'

const most = 32_000
const uri = `data:image/png;base64,${'A'.repeat(2 * most)}`

function errorsOf(request: Parameters<typeof prepare>[0]): string[] {
  try {
    prepare(request)
    return []
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return (error.errors ?? []).map(({ pointer, code, message }) => `${pointer} ${code} ${message}`)
  }
}

const tooLong = (pointer: string) => [`${pointer} too_long Must have at most ${most} characters.`]

t.test(
  'a free text has a limit of the service where FAL publishes none, counted in characters',
  async (t) => {
    const flux = (prompt: string) => errorsOf({ model: 'flux-schnell', params: { prompt } })
    t.strictSame(flux('🌊'.repeat(most)), [])
    t.strictSame(flux('a'.repeat(most + 1)), tooLong('/prompt'))
    const unlisted = (input: Record<string, unknown>, prompt = 'x') =>
      errorsOf({ model: 'some-owner/some-app', params: { prompt }, input })
    t.strictSame(unlisted({}, 'a'.repeat(most + 1)), tooLong('/prompt'))
    t.strictSame(unlisted({ deep: [{ text: 'a'.repeat(most + 1) }] }), tooLong('/input/deep/0/text'))
    t.strictSame(unlisted({ image_url: uri, more: { image: uri } }), [], 'files may be of any length')
  },
)

t.test('a prompt that is needed must say something', async (t) => {
  const blank = 'required This model needs a prompt that is not blank.'
  t.strictSame(errorsOf({ model: 'flux-schnell', params: { prompt: ' \n\t' } }), [`/prompt ${blank}`])
  t.strictSame(errorsOf({ model: 'flux-schnell', params: {}, input: { prompt: '' } }), [
    `/input/prompt ${blank}`,
  ])
  t.strictSame(errorsOf({ model: 'flux-schnell', params: { prompt: ' x' } }), [])
})

t.test('files come as links: sync_mode is turned off with a warning', async (t) => {
  const { input, warnings } = prepare({
    model: 'flux-schnell',
    params: { prompt: 'x' },
    input: { sync_mode: true },
  })
  t.equal(input.sync_mode, false)
  t.match(warnings, [{ field: 'input.sync_mode', from: true, to: false }])
  const off = prepare({ model: 'flux-schnell', params: { prompt: 'x' }, input: { sync_mode: false } })
  t.strictSame([off.input.sync_mode, off.warnings], [false, []])
})
