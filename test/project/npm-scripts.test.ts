/** `npm start` and its kin hand signals on: whoever stops npm stops what it runs, in order, and leaves no process behind. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { createTestDatabase } from '../support/database.ts'
import { plainNode } from '../support/plain-node.ts'

const root = new URL('../../', import.meta.url).pathname

function run(t: Pick<typeof import('tap').t, 'teardown'>, script: string, variables: Record<string, string>) {
  // Whatever is left of the group after a failed test goes with it.
  const npm = spawn(...plainNode(['run', script], 'npm'), {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  t.teardown(() => {
    if (npm.pid === undefined || npm.exitCode === 0) return
    try {
      process.kill(-npm.pid, 'SIGKILL')
    } catch (error) {
      // Nobody of the group is left.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
    }
  })
  const exit = once(npm, 'exit')
  let text = ''
  npm.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  const said = async (words: RegExp): Promise<string> => {
    for (;;) {
      const [, found] = words.exec(text) ?? []
      if (found !== undefined) return found
      const ended = await Promise.race([once(npm.stdout, 'data').then(() => false), exit.then(() => true)])
      if (ended && !words.test(text)) throw new Error(`npm run ${script} ended without ${words}: ${text}`)
    }
  }
  return { npm, exit, said }
}

/** Nobody listens where FAL should be: nothing is asked of it here. */
const nobody = 'http://127.0.0.1:9'
const service = {
  FAL_KEY: 'id:secret-of-this-test',
  FAL_ALLOW_LOOPBACK: '1',
  FAL_QUEUE_BASE: nobody,
  FAL_API_BASE: nobody,
  FAL_PLATFORM_BASE: nobody,
  FAL_SCHEMA_BASE: nobody,
  PORT: '0',
}

const isServing = (url: string): Promise<boolean> =>
  fetch(url).then(
    () => true,
    () => false,
  )

t.test('SIGTERM to `npm start` ends the service with 0', async (t) => {
  const database = await createTestDatabase()
  t.teardown(() => database.drop())
  const { npm, exit, said } = run(t, 'start', { ...service, DATABASE_URL: database.url })
  const url = await said(/"url":"([^"]+)".*"fal-jobs is ready"/)
  t.ok(await isServing(`${url}/healthz`))
  npm.kill('SIGTERM')
  t.strictSame(await exit, [0, null])
  t.notOk(await isServing(`${url}/healthz`), 'nothing is left behind')
})

t.test(
  'a signal that comes to the whole group, and from npm once more, ends the service in order',
  async (t) => {
    const database = await createTestDatabase()
    t.teardown(() => database.drop())
    const { npm, exit, said } = run(t, 'start', { ...service, DATABASE_URL: database.url })
    await said(/("fal-jobs is ready")/)
    if (npm.pid !== undefined) process.kill(-npm.pid, 'SIGINT')
    await said(/"msg":"(stopping)"/)
    npm.kill('SIGINT')
    t.equal(await said(/"msg":"(stopped)"/), 'stopped')
    t.strictSame(await exit, [0, null])
  },
)

t.test('SIGTERM to `npm run simulator` ends the simulator with 0', async (t) => {
  const { npm, exit, said } = run(t, 'simulator', { SIMULATOR_PORT: '0' })
  const url = await said(/(http:\/\/127\.0\.0\.1:\d+)\/_simulator\/state/)
  npm.kill('SIGTERM')
  t.strictSame(await exit, [0, null])
  t.notOk(await isServing(`${url}/_simulator/state`), 'nothing is left behind')
})
