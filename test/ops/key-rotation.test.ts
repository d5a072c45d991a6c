/** The FAL key is rotated in the owner's four steps while jobs come in on two replicas: not one is lost. */
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { JobView } from '../../src/jobs/read/job-view.ts'
import { falKey, startBench, testKey } from '../support/service.ts'
import { startServiceProcess } from '../support/service-process.ts'

const newKey = 'a0b1-new-id:fedcba9876543210-new-secret'

/** As a mounted secret changes: all at once. */
async function put(path: string, content: string): Promise<void> {
  await writeFile(`${path}.next`, content)
  await rename(`${path}.next`, path)
}

t.test('rotation under load on two replicas loses no job', async (t) => {
  const bench = await startBench(t, {
    simulator: { speed: 20, keys: [falKey, newKey] },
    environment: { LOG_LEVEL: 'info' },
  })
  const keyFile = join(bench.archiveDir, 'fal-key')
  const newFile = join(bench.archiveDir, 'fal-key-new')
  await put(keyFile, `${falKey}\n`)
  const second = await startServiceProcess(t, {
    ...bench.environment,
    PORT: '0',
    FAL_KEY: '',
    FAL_KEY_FILE: keyFile,
    FAL_KEY_NEW_FILE: newFile,
  })
  const ids: string[] = []
  const createSome = async (count: number) => {
    for (let n = 0; n < count; n++) {
      const url = n % 2 === 0 ? bench.service.url : second.url
      const response = await fetch(new URL('/api/jobs', url), {
        method: 'POST',
        headers: { authorization: `Bearer ${testKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'flux-schnell', prompt: 'keys' }),
      })
      t.equal(response.status, 202)
      ids.push(((await response.json()) as JobView).id)
    }
  }
  const reload = async () => {
    const heard = second.said('FAL keys read again')
    second.kill('SIGHUP')
    await heard
  }
  const { useKeys: useFalKeys } = bench.service.services.fal
  const { config } = bench.service.services
  await createSome(10)

  // Steps 1 and 2: the new key exists at FAL, and every replica is given it beside the old one.
  await put(newFile, newKey)
  await reload()
  await createSome(6)
  useFalKeys({ ...config, fal: { ...config.fal, keyNew: newKey } })
  await createSome(10)

  // Step 3: the old key is revoked at FAL while its jobs still run; they are looked after with the new one.
  bench.simulator.admin.revokeKey(falKey)
  await createSome(10)

  // Step 4: the new key takes the place of the old one.
  await put(keyFile, newKey)
  await put(newFile, '')
  await reload()
  useFalKeys({ ...config, fal: { ...config.fal, key: newKey } })
  await createSome(10)

  for (const id of ids) {
    const job = await bench.settled(id)
    t.equal(job.status, 'completed', JSON.stringify(job.error))
    t.equal(job.archive.status, 'archived')
  }
  const used = new Set(bench.simulator.admin.state().requests.map((request) => request.key))
  t.ok(used.has(newKey), 'the new key was used')
  for (const key of [falKey, newKey])
    t.notOk(bench.logLines.join('').includes(key.split(':')[1] ?? ''), 'no key is logged')
  t.equal(await second.stop(), 0)
})

t.test('a new key that FAL refuses loses no job either: the old one is used, and that shows', async (t) => {
  const bench = await startBench(t, { simulator: { keys: [falKey] }, environment: { FAL_KEY_NEW: newKey } })
  const { id } = await bench.create({ model: 'flux-schnell', prompt: 'keys' })
  t.equal((await bench.settled(id)).status, 'completed')
  t.ok((await bench.events(id)).some((event) => event.type === 'job.key_fallback'))
  t.match((await bench.call('GET', '/metrics')).body, /^fal_jobs_fal_key_fallbacks_total 1$/m)
})

t.test(
  'a file that cannot be read, or stands beside the variable, is a bad start that says so',
  async (t) => {
    await t.rejects(
      startServiceProcess(t, {
        FAL_KEY_FILE: '/nowhere/fal-key',
        S3_SECRET_ACCESS_KEY: 'x',
        S3_SECRET_ACCESS_KEY_FILE: 'y',
      }),
      /FAL_KEY_FILE: must name a readable file, but \/nowhere\/fal-key cannot be read \(ENOENT\)[\s\S]*S3_SECRET_ACCESS_KEY_FILE: must be unset/,
    )
  },
)
