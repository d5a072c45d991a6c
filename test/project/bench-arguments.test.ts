/** Benchmarks read their arguments before anything is started: a list of sections is taken, a wrong name is named. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { someOf } from '../../bench/arguments.ts'

const known = ['create', 'webhook', 'status'] as const

t.test('--only takes a comma-separated list, each section once and in its order', async (t) => {
  t.strictSame(someOf('--only', 'status, create,status', known), ['status', 'create'])
  t.strictSame(someOf('--only', 'webhook', known), ['webhook'])
  t.strictSame(someOf('--only', undefined, known), known, 'all of them without it')
})

t.test('--only ends with 2 and says which name is unknown and which are known', async (t) => {
  const main = fileURLToPath(new URL('../../bench/main.ts', import.meta.url))
  const { code, stderr } = await new Promise<{ code: number | null; stderr: string }>((resolve) => {
    const child = execFile(process.execPath, [main, '--only', 'create,webhok,'], (_error, _out, stderr) =>
      resolve({ code: child.exitCode, stderr }),
    )
  })
  t.equal(code, 2)
  t.match(
    stderr,
    /--only takes a comma-separated list of create, webhook, status, .*; "webhok," is not among/,
  )
})
