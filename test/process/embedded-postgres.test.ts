/** Where the embedded database keeps its data: never, unasked, in a place that may be lost when it must last. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { startEmbeddedPostgres } from '../../src/process/embedded-postgres.ts'
import { quiet } from '../infra/fal/key-server.ts'

const isRoot = process.getuid?.() === 0

t.test(
  'data that must last does not go elsewhere when the data folder is closed to the server',
  { skip: isRoot ? false : 'only root runs it as another user' },
  async (t) => {
    const closed = await mkdtemp(join(tmpdir(), 'fal-jobs-closed-'))
    t.teardown(() => rm(closed, { recursive: true }))
    const dir = join(closed, 'postgres')
    await t.rejects(startEmbeddedPostgres({ dir, log: quiet, mustLast: true }), {
      name: 'EmbeddedPostgresError',
      message: new RegExp(`may not enter ${dir}.*Set DATABASE_URL`),
    })
  },
)
