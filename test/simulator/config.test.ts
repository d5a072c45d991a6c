/** The simulator's environment: defaults, conversions, and refusals that name every wrong variable. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { readConfig } from '../../src/simulator/config.ts'

t.test('defaults and conversions', async (t) => {
  t.match(readConfig({}), { port: 8787, host: '127.0.0.1', speed: 1, script: {}, keys: [], log: false })
  const environment = {
    SIMULATOR_PORT: '0',
    SIMULATOR_SPEED: '2.5',
    SIMULATOR_KEYS: 'a:b,c:d',
    SIMULATOR_SEED: '9',
    SIMULATOR_PUBLIC_URL: 'https://fal.example/sim',
  }
  t.match(readConfig(environment), {
    port: 0,
    speed: 2.5,
    keys: ['a:b', 'c:d'],
    seed: 9,
    publicUrl: 'https://fal.example/sim',
  })
})

t.test('every wrong variable is named', async (t) => {
  const read = () => readConfig({ SIMULATOR_PORT: 'x', SIMULATOR_SPEED: '0' })
  t.throws(read, /SIMULATOR_PORT/)
  t.throws(read, /SIMULATOR_SPEED/)
  t.throws(() => readConfig({ SIMULATOR_PUBLIC_URL: 'fal.example' }), /SIMULATOR_PUBLIC_URL/)
})

t.test('a script is read from its file, and refused with its reason', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'simulator-script-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'script.json')
  const read = (text: string) => {
    writeFileSync(path, text)
    return readConfig({ SIMULATOR_SCRIPT: path })
  }
  const script = { settings: { imageSeconds: 1 }, faults: [{ fault: 'cdn-503' }], random: { rate: 0.1 } }
  t.strictSame(read(JSON.stringify(script)).script, script)
  t.throws(() => read('{'), /SIMULATOR_SCRIPT/)
  t.throws(() => read('{"settings":{"imageSeconds":-1}}'), /imageSeconds/)
  t.throws(() => read('{"settings":{"noSuch":1}}'), /noSuch/)
  t.throws(() => read('{"faults":[{"fault":"x"}]}'), /Unknown faults: x/)
})
