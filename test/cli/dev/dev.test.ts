/** `npm run dev` as a newcomer runs it: it gets by with what is free on the machine and prints a call that works. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { freePort } from '../../support/free-port.ts'
import { isRunning, place, start, until } from '../process.ts'

t.test(
  'dev has a database of its own, takes another port when its own is taken, and prints a call that works',
  async (t) => {
    const dir = await place(t)
    const port = await freePort()
    const squatter = createServer().listen(port, '127.0.0.1')
    t.teardown(() => squatter.close())
    const live = 'postgres://u:p@127.0.0.1:9/live'
    const child = start('dev', [], { PORT: String(port), LOG_LEVEL: 'warn', DATABASE_URL: live }, dir)
    await until(() => child.text().includes('Ctrl-C'), child.errors)
    t.match(child.text(), /^Left out, [^\n]+: DATABASE_URL\. [^\n]+DEV_DATABASE_URL/, 'said first')
    t.match(child.text(), `(port ${port} is taken)`)
    const [, url = '', key = ''] = /curl -s (\S+) -H 'Authorization: Bearer (\S+)'/.exec(child.text()) ?? []
    const body = /-d '(\{.*\})'/.exec(child.text())?.[1] ?? ''
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const answer = await fetch(url, { method: 'POST', headers, body })
    t.equal(answer.status, 202)
    t.ok(isRunning(join(dir, '.data/dev')), 'not where npm start has its own')
    t.notMatch(child.text(), /live price/, 'the simulated prices are plausible')
    child.process.kill('SIGINT')
    t.equal(await child.exit, 0)
    t.notOk(isRunning(join(dir, '.data/dev')))
  },
)

t.test('dev takes another port when its own is taken while it starts', async (t) => {
  const dir = await place(t)
  const port = await freePort()
  const child = start('dev', [], { PORT: String(port), LOG_LEVEL: 'warn' }, dir)
  // Its port was chosen before its database was started, and is opened after the migrations.
  await until(() => isRunning(join(dir, '.data/dev')), child.errors)
  const squatter = createServer().listen(port, '127.0.0.1')
  t.teardown(() => squatter.close())
  await once(squatter, 'listening')
  await until(() => child.text().includes('Ctrl-C'), child.errors)
  t.match(child.text(), `(port ${port} is taken)`)
  child.process.kill('SIGINT')
  t.equal(await child.exit, 0)
})
