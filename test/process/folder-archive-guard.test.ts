/** A folder archive in production is refused when its files are elsewhere, and warned of when they would not last. */
import t from 'tap'
import { readConfig } from '../../src/config/config.ts'
import type { Job } from '../../src/domain/job.ts'
import { guardFolderArchive } from '../../src/process/folder-archive-guard.ts'
import { runCommand } from '../support/run-command.ts'
import { falKey, startBench } from '../support/service.ts'

const volume = (source: string, at = '/data', type = 'ext4') =>
  `22 1 0:50 / / rw,relatime - overlay overlay rw,lowerdir=/x\n30 22 8:1 ${source} ${at} rw - ${type} /dev/sda1 rw`

async function guarded(
  environment: Record<string, string> = {},
  { objects = 1, archivedJobs = 0, mounts = volume('/var/lib/docker/volumes/fal-jobs/_data') } = {},
) {
  const warnings: object[] = []
  const config = readConfig({ FAL_KEY: 'a:b', DATA_DIR: '/data', NODE_ENV: 'production', ...environment })
  const parts = {
    archive: {
      async *list() {
        for (let n = 0; n < objects; n++) yield { key: `${n}`, bytes: 1, modifiedAt: 0 }
      },
    },
    index: { page: async () => Array.from({ length: archivedJobs }, () => ({}) as Job) },
    mounts: async () => mounts,
  }
  await guardFolderArchive(config, parts, { warn: (fields) => void warnings.push(fields) })
  return warnings
}

t.test('an empty folder beside archived jobs is refused, with what to do', async (t) => {
  await t.rejects(guarded({}, { objects: 0, archivedJobs: 1 }), /\/data\/archive is empty.*Mount the volume/)
  t.same(await guarded({}, { objects: 0, archivedJobs: 0 }), [], 'a first start')
  t.same(await guarded({}, { objects: 1, archivedJobs: 1 }), [])
})

t.test('a bucket, or a start outside of production, is not asked about', async (t) => {
  const lost = { objects: 0, archivedJobs: 1, mounts: '' }
  t.same(await guarded({ NODE_ENV: 'development' }, lost), [])
  t.same(await guarded({ ARCHIVE_BUCKET: 'media', S3_REGION: 'eu-central-1' }, lost), [])
})

t.test('a folder that the next container will not see is warned of', async (t) => {
  const id = '3f'.repeat(32)
  for (const [mounts, why] of [
    ['22 1 0:50 / / rw,relatime - overlay overlay rw', /container itself/],
    [volume('/', '/data', 'tmpfs'), /memory/],
    [volume(`/var/lib/docker/volumes/${id}/_data`), /no name/],
    [volume(`/home/me/.local/share/containers/storage/volumes/${id}/_data`), /no name/],
    [volume('/var/lib/kubelet/pods/7/volumes/kubernetes.io~empty-dir/data'), /emptyDir/],
  ] as const)
    t.match(await guarded({}, { mounts }), [{ dir: '/data/archive', why }])
})

t.test('a volume with a name, a folder of the host and a place unknown are not', async (t) => {
  for (const mounts of [
    volume('/var/lib/docker/volumes/fal-jobs/_data'),
    volume('/srv/fal-jobs'),
    volume('/srv/with\\040space', '/data'),
    '22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw',
    '',
  ])
    t.same(await guarded({}, { mounts }), [], mounts)
  const beside = `${volume('/x', '/data/archive')}\n31 22 0:9 / /data rw - tmpfs tmpfs rw`
  t.same(await guarded({}, { mounts: beside }), [], 'the innermost counts')
})

t.test('the service does not start on it, and says why in one line', async (t) => {
  const bench = await startBench(t)
  const { id } = await bench.create({ model: 'flux-schnell', prompt: 'a pier' })
  t.equal((await bench.settled(id)).archive.status, 'archived')
  const { code, stdout, stderr } = await runCommand(['serve'], {
    NODE_ENV: 'production',
    FAL_KEY: falKey,
    DATABASE_URL: bench.database.url,
    ARCHIVE_DIR: `${bench.archiveDir}/elsewhere`,
    PORT: '0',
  })
  t.equal(code, 1, stdout)
  t.match(stderr, /^fal-jobs could not start: the archive folder [^\n]+\n$/)
})
