/** `npm run simulator` works as a process: it says how to use it, serves, and ends when asked. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { plainNode } from '../support/plain-node.ts'
import { call } from './fal-caller.ts'

const main = new URL('../../src/simulator/main.ts', import.meta.url).pathname

t.test('it prints where to point clients, answers there, and ends with the signal', async (t) => {
  const child = spawn(...plainNode([main]), {
    env: { PATH: process.env.PATH, SIMULATOR_PORT: '0', SIMULATOR_SEED: '5', SIMULATOR_SPEED: '50' },
  })
  t.teardown(() => child.kill('SIGKILL'))
  let text = ''
  while (!text.includes('/_simulator/state')) text += String((await once(child.stdout, 'data'))[0])
  t.match(text, 'speed 50, seed 5')
  const [, queueBase = ''] = /FAL_QUEUE_BASE=(\S+)/.exec(text) ?? []
  const { statusCode } = await call(`${queueBase}/fal-ai/flux/dev`, {
    method: 'POST',
    body: '{"prompt":"x"}',
  })
  t.equal(statusCode, 200)
  child.kill('SIGTERM')
  const [code] = await once(child, 'exit')
  t.equal(code, 0)
})

t.test('a wrong variable stops the start with its name', async (t) => {
  const child = spawn(...plainNode([main]), { env: { PATH: process.env.PATH, SIMULATOR_SPEED: 'fast' } })
  let text = ''
  child.stderr.on('data', (chunk) => {
    text += String(chunk)
  })
  const [code] = await once(child, 'close')
  t.equal(code, 1)
  t.match(text, /Wrong simulator configuration\. SIMULATOR_SPEED/)
})
