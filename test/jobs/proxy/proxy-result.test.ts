/** A job's end in FAL's form: the model's output digit for digit with our links, and errors FAL's client understands. */
import t from 'tap'
import type { Job, JobErrorCode, Media } from '../../../src/domain/job.ts'
import type { FalLog } from '../../../src/domain/outcome/outcome.ts'
import { isSettled, statusAnswer } from '../../../src/jobs/proxy/proxy-answers.ts'
import { resultAnswer } from '../../../src/jobs/proxy/proxy-result.ts'
import { pendingJob } from '../../domain/sample-job.ts'

const epoch = Date.UTC(2026, 0, 1)
const media: Media[] = [0, 1].map((index) => ({
  index,
  path: `images[${index}]`,
  kind: 'image',
  sourceUrl: `https://v3b.fal.media/files/b/0a1b2c3d/${index}.png`,
  contentType: 'image/png',
  fileName: `${index}.png`,
  bytes: 10,
  width: 8,
  height: 8,
  durationSeconds: null,
  thumbnailUrl: null,
  archive: null,
}))

const none = () => null
const base = 'https://queue.fal.run'
const completed = (changes: Partial<Job>): Job =>
  pendingJob({ status: 'completed', falStatus: 'COMPLETED', completedAt: epoch, media, ...changes })
const failed = (code: JobErrorCode, details?: unknown, changes: Partial<Job> = {}): Job =>
  pendingJob({
    status: 'failed',
    completedAt: epoch,
    error: { code, message: 'No.', retryable: false, ...(details === undefined ? {} : { details }) },
    ...changes,
  })

t.test('every link to an archived file is ours, every number stays as it was written', async (t) => {
  const [first, second] = media.map(({ sourceUrl }) => sourceUrl)
  const result = `{"images":[{"url":"${first}"},{"url":"${second}"}],"seed":12345678901234567890,"scale":1.50,"note":"see ${first}","escaped":"\\"${first}\\""}`
  const job = completed({ result })
  const answer = resultAnswer(job, (index) => (index === 0 ? 'https://ours.example/$&' : null))
  t.equal(answer.status, 200)
  t.match(answer.body, '"seed":12345678901234567890')
  const body = JSON.parse(answer.body)
  t.strictSame(body.images, [{ url: 'https://ours.example/$&' }, { url: second }])
  t.equal(body.note, `see ${first}`, 'prose is left alone')
  t.equal(body.escaped, `"${first}"`)
})

t.test('a spelling with escapes is the same link', async (t) => {
  const escaped = (media[0]?.sourceUrl ?? '').replaceAll('/', '\\/')
  const answer = resultAnswer(completed({ result: `{"image":{"url":"${escaped}"}}` }), () => 'https://ours/')
  t.strictSame(JSON.parse(answer.body), { image: { url: 'https://ours/' } })
})

t.test('no final failure is one that the official client would repeat', async (t) => {
  const codes: JobErrorCode[] = [
    'FAL_REJECTED',
    'CONTENT_POLICY',
    'FAL_UNAVAILABLE',
    'FAL_TIMEOUT',
    'FAL_AUTH',
    'FAL_BALANCE',
    'SUBMIT_UNCERTAIN',
    'RESULT_EXPIRED',
    'NO_MEDIA',
    'DEADLINE',
    'CANCELED',
    'INTERNAL',
  ]
  for (const code of codes) {
    const { status, headers, body } = resultAnswer(failed(code), none)
    t.ok(status >= 400, code)
    const isUserTimeout = status === 504 && headers['x-fal-request-timeout-type'] === 'user'
    t.ok(isUserTimeout || ![429, 502, 503, 504].includes(status), code)
    t.ok(JSON.parse(body).detail, code)
  }
})

t.test("the model's own reasons come back as its list", async (t) => {
  const reasons = [
    {
      type: 'image_too_small',
      msg: 'Image too small.',
      loc: ['body', 'image_url'],
      ctx: { min_height: 256 },
    },
  ]
  const answer = resultAnswer(failed('FAL_REJECTED', reasons), none)
  t.equal(answer.status, 422)
  t.strictSame(JSON.parse(answer.body), { detail: reasons })
  const bare = resultAnswer(failed('CONTENT_POLICY'), none)
  t.match(JSON.parse(bare.body), {
    detail: [{ loc: ['body'], type: 'content_policy_violation', msg: 'No.' }],
  })
})

t.test("a start that came too late is the caller's own time-out", async (t) => {
  const late = failed('FAL_TIMEOUT', undefined, { queue: { startTimeoutSeconds: 5 }, startedAt: null })
  t.match(resultAnswer(late, none), { status: 504, headers: { 'x-fal-request-timeout-type': 'user' } })
  t.equal(resultAnswer(failed('FAL_TIMEOUT'), none).status, 500)
})

t.test('an erased job is not found', async (t) => {
  t.equal(resultAnswer(completed({ result: null, erasedAt: epoch }), none).status, 404)
})

t.test('completion waits for the archive, but not for long', async (t) => {
  const copying = completed({ result: '{}', archiveStatus: 'pending' })
  t.equal(isSettled(copying, epoch + 9_999, 10_000), false)
  t.equal(isSettled(copying, epoch + 10_000, 10_000), true)
  t.equal(isSettled(completed({ archiveStatus: 'archived' }), epoch, 10_000), true)
  t.equal(isSettled(pendingJob(), epoch, 0), false)
  t.equal(statusAnswer(copying, { logs: null, settled: false, base }).status, 'IN_PROGRESS')
  t.match(statusAnswer(copying, { logs: [], settled: true, base }), {
    status: 'COMPLETED',
    logs: [],
    metrics: {},
  })
})

t.test('the status of a failed job carries the error and its type', async (t) => {
  t.match(statusAnswer(failed('FAL_TIMEOUT'), { logs: null, settled: true, base }), {
    status: 'COMPLETED',
    error: 'No.',
    error_type: 'request_timeout',
  })
})

t.test(
  'a status agrees with the logs beside it, and does not return to the queue after FAL’s end',
  async (t) => {
    const shown = (changes: Partial<Job>, logs: FalLog[] | null = null) =>
      statusAnswer(pendingJob({ status: 'running', ...changes }), { logs, settled: false, base }).status
    const line: FalLog = { message: 'Running', timestamp: null, level: null }
    t.equal(shown({ falStatus: null }), 'IN_QUEUE')
    t.equal(shown({ falStatus: 'IN_QUEUE' }, []), 'IN_QUEUE')
    t.equal(shown({ falStatus: 'IN_QUEUE' }, [line]), 'IN_PROGRESS')
    t.equal(shown({ falStatus: 'IN_PROGRESS' }), 'IN_PROGRESS')
    t.equal(shown({ falStatus: 'COMPLETED', falCompletedAt: epoch }), 'IN_PROGRESS')
  },
)

t.test('links lead to where the client reaches the queue', async (t) => {
  const base = 'https://jobs.example.com/api/fal/queue'
  const answer = statusAnswer(pendingJob(), { logs: null, settled: false, base })
  t.equal(answer.status_url, `${base}/fal-ai/flux/requests/${answer.request_id}/status`)
})

t.test('FAL’s bill is handed on with the result, as far as it is known', async (t) => {
  t.match(resultAnswer(completed({ result: '{}', billableUnits: '3.008', billedAs: 'a/b' }), none).headers, {
    'x-fal-billable-units': '3.008',
    'x-fal-bill-as': 'a/b',
  })
  t.strictSame(resultAnswer(completed({ result: '{}' }), none).headers, {})
})

t.test('an endpoint that FAL does not know is its 404', async (t) => {
  const details = [{ type: 'not_found', msg: 'Application "x" not found', loc: [] }]
  const error = {
    code: 'FAL_REJECTED' as const,
    message: 'Application "x" not found',
    retryable: false,
    details,
  }
  const { status, body } = resultAnswer(pendingJob({ status: 'failed', error }), none)
  t.equal(status, 404)
  t.match(JSON.parse(body), { detail: 'Application "x" not found' })
})
