/** The heap of the service: V8 knows what it is asked for, and garbage that has lived for a while is collected sooner. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { plainNode } from '../support/plain-node.ts'

const module = fileURLToPath(new URL('../../src/process/heap-growth.ts', import.meta.url))

/** Half a million objects in use, replaced one after the other: the most that the heap takes, in bytes. */
const work = `
  const kept = []
  let most = 0
  for (let n = 0; n < 8e6; n++) {
    kept[n % 5e5] = { n, text: 'x' + n }
    if (n % 5e4 === 0) most = Math.max(most, process.memoryUsage().heapTotal)
  }
  console.log(most)`

function mostHeap(begin: string) {
  const flags = ['--no-warnings', '--input-type=module', '--max-semi-space-size=4', '--eval', begin + work]
  const { stdout, stderr } = spawnSync(...plainNode(flags), { encoding: 'utf8' })
  return { bytes: Number(stdout), stderr }
}

t.test('the heap takes less for the same work, and Node says nothing about it', async (t) => {
  const asEver = mostHeap('')
  const sooner = mostHeap(`import { collectSooner } from '${module}'; collectSooner(true);`)
  t.equal(sooner.stderr, '')
  t.ok(sooner.bytes < asEver.bytes * 0.9, `${sooner.bytes} of ${asEver.bytes}`)
  const noLonger = mostHeap(
    `import { collectSooner } from '${module}'; collectSooner(true); collectSooner(false);`,
  )
  t.ok(noLonger.bytes > sooner.bytes, 'as V8 has it again')
})
