/** `fal-jobs clients`: shows and changes a client's weight and limit in the fair queue, with an admin key. */
import { UsageError } from '../terminal/arguments.ts'
import { type Call, idOf, listOf, optionOf, runSubcommand, table } from '../terminal/subcommand.ts'
import { type KeyView, stateOf } from './keys-command.ts'

const usage = `Usage: fal-jobs clients <command> [--json]

  list           who has keys, and which
  show <id>
  set <id> [--weight N] [--max-in-flight N|default]
                 weight: its share of the places at FAL beside others that wait; 1 is usual, 3 gets three times as many
                 max-in-flight: most of its jobs at FAL at once; default: FAL_MAX_IN_FLIGHT_PER_CLIENT

Both count while FAL_MAX_IN_FLIGHT or FAL_MAX_IN_FLIGHT_PER_CLIENT is set, from the next job that is admitted.
fal-jobs archive policy changes what they decide about their archive.

FAL_JOBS_KEY must be an admin key, e.g. that of BOOTSTRAP_API_KEY.
`

/** The settings of a client that this command shows. */
interface Turns {
  turnWeight: number
  maxInFlight: number | null
}

export const run = (args: string[]): Promise<number> =>
  runSubcommand(
    {
      usage,
      options: { weight: { type: 'string' }, 'max-in-flight': { type: 'string' } },
      run: { list, show, set },
    },
    args,
  )

async function list(call: Call): Promise<void> {
  const { data } = await listOf<KeyView>(call, '/api/keys')
  const clients = Object.entries(Object.groupBy(data, ({ clientId }) => clientId)).map(([id, keys = []]) => ({
    id,
    keys: keys.map((key) => ({ id: key.id, name: key.name, state: stateOf(key) })),
    lastUsedAt: keys.reduce((last, { lastUsedAt }) => later(last, lastUsedAt ?? null), null as string | null),
  }))
  call.show({ data: clients }, () =>
    table([
      ['ID', 'LAST USED', 'KEYS'],
      ...clients.map(({ id, keys, lastUsedAt }) => [
        id,
        lastUsedAt,
        keys.map(({ name, state }) => (state === 'valid' ? name : `${name} (${state})`)).join(', '),
      ]),
    ]),
  )
}

/** The later of two ISO times, compared as text. */
const later = (one: string | null, other: string | null): string | null =>
  one === null || (other !== null && other > one) ? other : one

async function show(call: Call): Promise<void> {
  report(call, await call.api.call<Turns>('GET', `/api/clients/${idOf(call)}/policy`))
}

async function set(call: Call): Promise<void> {
  const weight = optionOf(call, 'weight')
  const maxInFlight = optionOf(call, 'max-in-flight')
  const change = {
    ...(weight === undefined ? {} : { turnWeight: numberOf(weight, '--weight') }),
    ...(maxInFlight === undefined ? {} : { maxInFlight: capOf(maxInFlight) }),
  }
  if (Object.keys(change).length === 0) throw new UsageError('Say what to set.')
  report(call, await call.api.call<Turns>('PATCH', `/api/clients/${idOf(call)}/policy`, change))
}

function report(call: Call, { turnWeight, maxInFlight }: Turns): void {
  call.show({ turnWeight, maxInFlight }, () => [
    `weight         ${turnWeight}`,
    `max in flight  ${maxInFlight ?? 'default (FAL_MAX_IN_FLIGHT_PER_CLIENT)'}`,
  ])
}

const capOf = (text: string): number | null =>
  text === 'default' ? null : numberOf(text, '--max-in-flight', ', nor default')

/** The service says which numbers it takes. */
function numberOf(text: string, name: string, nor = ''): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text)
  throw new UsageError(`${name}: "${text}" is not a number${nor}`)
}
