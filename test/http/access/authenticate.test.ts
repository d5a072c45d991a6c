/** Remembering keys: one look-up for a crowd, and a revocation counts even when it meets a look-up on its way. */
import t from 'tap'
import { makeAuthenticate } from '../../../src/http/access/authenticate.ts'
import type { ApiKey } from '../../../src/ports/keys.ts'

const live: ApiKey = {
  id: 'key_1',
  clientId: 'cli_1',
  name: 'a key',
  scopes: ['jobs:read'],
  limits: {},
  expiresAt: null,
  revokedAt: null,
}
const hash = Buffer.alloc(32, 1)

function bench() {
  const world = { key: live as ApiKey | null, lookups: 0, admitted: 0, now: 0, gate: Promise.resolve() }
  let hint: (key: string | null) => void = () => {}
  const authenticate = makeAuthenticate({
    keys: {
      findByHash: async () => {
        world.lookups += 1
        const found = world.key
        await world.gate
        return found
      },
    },
    usage: { note: () => {} },
    wrongKeys: {
      admit: async () => {
        world.admitted += 1
      },
      wasRight: () => {},
      wasWrong: () => {},
    },
    signals: {
      subscribe: (_topic, listener) => {
        hint = listener
        return () => {}
      },
    },
    clock: { now: () => world.now },
  })
  return { world, ask: () => authenticate(hash, '1.2.3.4'), hint: () => hint('key_1') }
}

t.test('a crowd with one key costs one look-up, and the next seconds none', async (t) => {
  const { world, ask } = bench()
  const clients = await Promise.all(Array.from({ length: 100 }, ask))
  t.ok(clients.every((client) => client?.keyId === 'key_1'))
  t.equal(world.lookups, 1)
  world.now += 4_999
  await ask()
  t.equal(world.lookups, 1)
  world.now += 1
  await ask()
  t.match(world, { lookups: 2, admitted: 1 }, 'a key that was right is not slowed down again')
})

t.test('a revocation counts at once', async (t) => {
  const { world, ask, hint } = bench()
  t.ok(await ask())
  world.key = { ...live, revokedAt: 1 }
  hint()
  t.equal(await ask(), null)
})

t.test('a look-up that began before the revocation is not remembered after it', async (t) => {
  const { world, ask, hint } = bench()
  let open: () => void = () => {}
  world.gate = new Promise<void>((settle) => {
    open = settle
  })
  const early = ask()
  await new Promise((settle) => setImmediate(settle))
  world.key = { ...live, revokedAt: 1 }
  hint()
  const late = ask()
  open()
  t.ok(await early, 'it was asked before')
  t.equal(await late, null, 'who asks after the hint does not share the older look-up')
  t.equal(await ask(), null)
})

t.test('a key ends when it expires, remembered or not', async (t) => {
  const { world, ask } = bench()
  world.key = { ...live, expiresAt: 1_000 }
  t.ok(await ask())
  world.now = 1_000
  t.equal(await ask(), null)
})
