/** The archive's commands as an operator runs them: beside a running service, with exit codes and words to act on. */
import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { plainNode } from '../../support/plain-node.ts'
import { startBench } from '../../support/service.ts'

const root = join(import.meta.dirname, '../../..')

t.test('verify, requeue and policy work beside a running service', async (t) => {
  const bench = await startBench(t)
  const { id } = await bench.create({ model: 'flux-schnell', prompt: 'a pier' })
  await bench.settled(id)
  const fal = (command: string, ...args: string[]) => {
    const file = pathToFileURL(join(root, 'src/cli/commands', `${command}-command.ts`)).href
    const script = `import(${JSON.stringify(file)}).then(({ run }) => run(process.argv.slice(1))).then((code) => { process.exitCode = code })`
    const env = { ...bench.environment, PATH: process.env.PATH }
    return new Promise<{ code: number; out: string; err: string }>((resolve) => {
      const child = execFile(...plainNode(['-e', script, '--', ...args]), { env }, (_error, out, err) =>
        resolve({ code: child.exitCode ?? -1, out, err }),
      )
    })
  }

  const whole = await fal('verify')
  t.match(whole, { code: 0, out: /^1 files of 1 jobs, \d+ bytes read: all as they should be\n$/ }, whole.err)
  const job = await bench.service.services.store.jobs.get(id)
  const key = job?.media[0]?.archive?.key ?? ''
  const original = await readFile(join(bench.archiveDir, 'archive', key))
  await writeFile(join(bench.archiveDir, 'archive', key), 'damaged')
  const damaged = await fal('verify', '--since', '2020-01-01')
  t.equal(damaged.code, 1)
  t.match(damaged.out, `${key}  has 7 bytes instead of`)
  t.match(await fal('verify', '--job', 'nonsense'), { code: 2, err: /--job: "nonsense" is not an id/ })
  t.match(await fal('verify', '--what'), { code: 2, err: /Usage: fal-jobs verify/ })

  await writeFile(join(bench.archiveDir, 'archive', key), original)
  const theirs = 'cli_01890000-0000-7000-8000-000000000000/2026/01/job_01890000-0000-7000-8000-000000000000'
  await mkdir(join(bench.archiveDir, 'archive', theirs), { recursive: true })
  await writeFile(join(bench.archiveDir, 'archive', theirs, '0-theirs.png'), 'theirs')
  const shared = await fal('reconcile')
  t.match(shared, { code: 0, out: /^foreign_objects .*\nEverything fits\.\n$/ }, shared.err)

  t.match(await fal('archive', 'requeue'), { code: 0, out: '0 jobs are copied again\n' })
  t.match(await fal('archive', 'requeue', '--json'), { code: 0, out: '{"jobs":0}\n' })
  t.match(await fal('archive', 'sweep', '--json'), { code: 0, out: '{"swept":true}\n' })
  const policy = await fal(
    'archive',
    'policy',
    job?.clientId ?? '',
    '--archive',
    'off',
    '--keep-media-days',
    '30',
  )
  t.equal(policy.code, 0, policy.err)
  t.same(JSON.parse(policy.out), {
    archiveByDefault: false,
    keepMediaDays: 30,
    keepContentDays: null,
    keepJobsDays: null,
    turnWeight: 1,
    maxInFlight: null,
  })
  t.match(await fal('archive', 'policy', job?.clientId ?? '', '--keep-media-days', '0'), { code: 2 })
  t.match(await fal('archive', 'forget'), { code: 2, err: /no command "archive forget"/ })
})
