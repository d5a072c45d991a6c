/** The log: secrets are cut out wherever they stand, a line of a create names its job, queries of links stay out. */
import t from 'tap'
import { createLogger } from '../../src/telemetry/logger.ts'

function logged(secrets: (string | null)[], write: (log: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = []
  write(createLogger({ level: 'info', secrets, destination: { write: (line) => void lines.push(line) } }))
  return lines.join('')
}

t.test('a secret is masked in fields, errors and messages, one that is added later too', async (t) => {
  const secrets: (string | null)[] = ['key-id:fal-secret', null]
  const text = logged(secrets, (log) => {
    const err = new Error('refused: key-id:fal-secret', { cause: new Error('postgres://u:hunter22@db') })
    log.error({ err, url: 'https://x/?key=key-id:fal-secret' }, 'with key-id:fal-secret')
    secrets.push('hunter22')
    log.info('the password is hunter22')
    log.info({ headers: { authorization: 'Bearer fj_abc' }, token: 'tok' }, 'a request')
  })
  t.notMatch(text, /fal-secret|fj_abc|"tok"/)
  t.notMatch(text.split('\n')[1], /hunter22/)
  t.ok(text.split('[secret]').length > 5)
})

t.test('a request is logged by its path, and a create by what it made', async (t) => {
  const lines = logged([], (log) => {
    log.info({ req: { method: 'POST', url: '/api/fal/webhook?job=1&token=tok-1', ip: '::1' } }, 'incoming')
    log.info({ req: { method: 'GET', url: '/files/signed.link', ip: '::1' } }, 'incoming')
    const getHeader = () => '/api/jobs/job_1'
    log.info({ res: { statusCode: 202, getHeader } }, 'completed')
    log.info({ res: { statusCode: 302, getHeader: () => 'https://bucket/?X-Amz-Signature=s' } }, 'completed')
  })
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  t.match(lines, [
    { level: 'info', req: { method: 'POST', path: '/api/fal/webhook' } },
    { req: { path: '/files/…' } },
    { res: { statusCode: 202, location: '/api/jobs/job_1' } },
    { res: { statusCode: 302, location: undefined } },
  ])
  t.notMatch(JSON.stringify(lines), /tok-1|signed\.link|Signature/)
})
