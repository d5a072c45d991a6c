/** The database's time decides, whatever this machine's clock says and however it is turned. */
import t from 'tap'
import { createDatabaseClock } from '../../../../src/infra/postgres/connection/database-clock.ts'
import { openStore } from '../../../support/store.ts'

const quarter = 15 * 60_000
const { now: realNow } = Date

t.afterEach(() => {
  Date.now = realNow
})

const isNear = (time: number, expected: number) => Math.abs(time - expected) < 2_000

for (const offMs of [quarter, -quarter]) {
  t.test(`a machine that is ${offMs / 60_000} minutes off goes by the database`, async (t) => {
    const { db } = await openStore(t)
    const said: object[] = []
    Date.now = () => realNow() + offMs
    const clock = createDatabaseClock(db, { warn: (fields) => void said.push(fields) })
    t.ok(isNear(clock.now(), realNow() + offMs), 'before it was asked')
    await clock.ask()
    t.ok(isNear(clock.now(), realNow()))
    t.strictSame(said, [{ databaseAheadSeconds: -offMs / 1000 }], 'said once')
    t.equal(Math.floor(clock.now()), clock.now(), 'whole milliseconds')
  })
}

t.test('a clock that is turned while the service runs changes nothing', async (t) => {
  const { db } = await openStore(t)
  const clock = createDatabaseClock(db, { warn() {} })
  await clock.ask()
  Date.now = () => realNow() + quarter
  t.ok(isNear(clock.now(), realNow()))
  Date.now = () => realNow() - quarter
  t.ok(isNear(clock.now(), realNow()))
})

t.test('a machine that is right is not corrected: its own time is what it gets', async (t) => {
  const { db } = await openStore(t)
  const clock = createDatabaseClock(db, { warn() {} })
  await clock.ask()
  for (let n = 0; n < 1_000; n++) {
    const before = Date.now()
    const time = clock.now()
    if (time < before || time > Date.now()) return t.fail(`${time} is not ${before}`)
  }
  t.pass('equal to Date.now()')
})
