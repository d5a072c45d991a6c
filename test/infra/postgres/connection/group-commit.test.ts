/** Shared commits: whoever writes together is answered alone, once, and no one's fault is another's. */
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { makeGroupCommit } from '../../../../src/infra/postgres/connection/group-commit.ts'
import { RolledBack } from '../../../../src/infra/postgres/connection/shared-transaction.ts'

/** What an item does to the transaction it is in. */
type Nature = 'good' | 'bad' | 'ambiguous' | 'late' | 'late_bad'
interface Item {
  id: number
  key: string
  nature: Nature
}

const arbitraryItems = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
    nature: fc.constantFrom<Nature>('good', 'good', 'good', 'good', 'bad', 'ambiguous', 'late', 'late_bad'),
    /** How many turns of the event loop pass before it is asked for. */
    after: fc.nat({ max: 4 }),
  }),
  { maxLength: 60 },
)
const arbitraryShape = fc.record({
  itemsAtMost: fc.integer({ min: 1, max: 8 }),
  lanes: fc.integer({ min: 1, max: 4 }),
})

/** A database that keeps what was committed, and commits some turns after it was asked. */
function fakeDatabase() {
  const committed: Item[] = []
  const groups: Item[][] = []
  let writing = 0
  let mostWriting = 0
  return {
    committed,
    groups,
    mostWriting: () => mostWriting,
    async write(items: Item[]): Promise<(number | Promise<number>)[]> {
      groups.push(items)
      mostWriting = Math.max(mostWriting, ++writing)
      try {
        for (let turns = 0; turns < items.length % 3; turns++) await turn()
        const bad = items.find(({ nature }) => nature === 'bad')
        if (bad !== undefined) throw new RolledBack(new Error(`bad ${bad.id}`))
        const ambiguous = items.find(({ nature }) => nature === 'ambiguous')
        if (ambiguous !== undefined) throw new Error('the connection was lost at the commit')
        committed.push(...items)
        return items.map(({ id, nature }) => {
          if (nature === 'late') return turn(id)
          return nature === 'late_bad' ? turn().then(() => Promise.reject(new Error(`late ${id}`))) : id
        })
      } finally {
        writing--
      }
    },
  }
}

t.test('every item gets one answer, its own, and is written at most once', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryItems, arbitraryShape, async (drafts, shape) => {
      const database = fakeDatabase()
      const share = makeGroupCommit<Item, number>({
        ...shape,
        write: database.write,
        keyOf: ({ key }) => key,
      })
      const items = drafts.map((draft, id) => ({ ...draft, id }))
      const answers = await Promise.allSettled(
        items.map(async (item) => {
          for (let turns = 0; turns < item.after; turns++) await turn()
          return share(item)
        }),
      )
      const lostWith = new Set(
        database.groups.filter((group) => group.some(isAmbiguous) && !group.some(isBad)).flat(),
      )
      for (const [index, item] of items.entries()) {
        const answer = answers[index]
        const told = answer?.status === 'fulfilled' ? answer.value : String(answer?.reason.message)
        const written = database.committed.filter(({ id }) => id === item.id).length
        const expected =
          item.nature === 'bad'
            ? { told: `bad ${item.id}`, written: 0 }
            : lostWith.has(item)
              ? { told: 'the connection was lost at the commit', written: 0 }
              : { told: item.nature === 'late_bad' ? `late ${item.id}` : item.id, written: 1 }
        if (told !== expected.told || written !== expected.written)
          throw new Error(`${JSON.stringify(item)} was told ${told} and written ${written} times`)
      }
      for (const group of database.groups) {
        if (group.length > shape.itemsAtMost) throw new Error('a group is too large')
        if (new Set(group.map(({ key }) => key)).size < group.length)
          throw new Error('a key is twice in a group')
      }
      // Of a group that failed, four at a time are written alone.
      const mostAllowed = shape.lanes * (drafts.some(isBad) ? 4 : 1)
      if (database.mostWriting() > mostAllowed) throw new Error('more transactions at once than lanes')
    }),
    { numRuns: 300 },
  )
})

const isBad = ({ nature }: Pick<Item, 'nature'>): boolean => nature === 'bad'
const isAmbiguous = ({ nature }: Item): boolean => nature === 'ambiguous'

t.test(
  'items of one key are begun in the order they came, and none waits for ever behind others',
  async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryItems, arbitraryShape, async (drafts, shape) => {
        const database = fakeDatabase()
        const share = makeGroupCommit<Item, number>({
          ...shape,
          write: database.write,
          keyOf: ({ key }) => key,
        })
        const items = drafts.map((draft, id) => ({ ...draft, id, nature: 'good' as const }))
        await Promise.all(items.map((item) => share(item)))
        for (const key of new Set(items.map((item) => item.key))) {
          const ids = (given: readonly Item[]) => given.filter((item) => item.key === key).map(({ id }) => id)
          if (ids(database.groups.flat()).join() !== ids(items).join())
            throw new Error(`${key}: out of order`)
        }
        // The oldest that waits is in the next group, whatever its key.
        const behind = database.groups.map((group) => Math.min(...group.map(({ id }) => id)))
        const left = new Set(items.map(({ id }) => id))
        for (const [index, group] of database.groups.entries()) {
          if (behind[index] !== Math.min(...left)) throw new Error('the oldest was passed over')
          for (const { id } of group) left.delete(id)
        }
      }),
      { numRuns: 200 },
    )
  },
)

t.test('an answer that is missing is an error, not silence', async (t) => {
  const share = makeGroupCommit<number, number>({
    write: async () => [],
    keyOf: String,
    itemsAtMost: 4,
    lanes: 1,
  })
  const [first, second] = await Promise.allSettled([share(1), share(2)])
  t.match(first, { status: 'rejected', reason: /no answer/ })
  t.match(second, { status: 'rejected', reason: /no answer/ })
})
