/** The image's health check asks the address that the service listens on, whichever that is. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { plainNode } from '../support/plain-node.ts'

const program = fileURLToPath(new URL('../../src/process/health-check.ts', import.meta.url))

async function serving(t: Test, host: string, status = 200): Promise<string> {
  const asked: string[] = []
  const server = createServer((incoming, answer) => {
    asked.push(incoming.url ?? '')
    answer.writeHead(status).end()
  })
  server.listen(0, host)
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = server.address()
  return typeof address === 'object' && address !== null ? String(address.port) : ''
}

async function check(host: string, port: string): Promise<number | null> {
  const child = spawn(...plainNode(['--no-warnings', program, host, port]), { stdio: 'ignore' })
  const [code] = await once(child, 'close')
  return code
}

t.test('an answer makes it healthy, whatever address it listens on', async (t) => {
  for (const [listens, host] of [
    ['127.0.0.1', '0.0.0.0'],
    ['127.0.0.1', ''],
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.2', '127.0.0.2'],
  ] as const)
    t.equal(await check(host, await serving(t, listens)), 0, host)
})

t.test('over IPv6 as well, where the machine has it', async (t) => {
  const port = await serving(t, '::1').catch(() => null)
  if (port === null) return t.pass('no IPv6 here')
  for (const host of ['::', '::1', '[::1]']) t.equal(await check(host, port), 0, host)
})

t.test('no answer, and any but a good one, makes it unhealthy', async (t) => {
  t.equal(await check('', '1'), 1)
  t.equal(await check('127.0.0.1', await serving(t, '127.0.0.1', 503)), 1)
})
