/** `fal-jobs clients`: a client's share of the places at FAL, shown and changed straight on the database. */
import { parseArgs } from 'node:util'
import type { ClientPolicy } from '../jobs/archive-ports.ts'
import { idOf, UsageError } from './archive-filter.ts'
import { isUsage } from './verify.ts'
import { withServices } from './with-services.ts'

const usage = `Usage: fal-jobs clients show CLIENT [--json]
       fal-jobs clients set CLIENT [options] [--json]

CLIENT is an id (cli_…); fal-jobs keys list names them.

  --weight N                  its share of the places at FAL beside others that wait; 1 is usual, 3 gets three times as many
  --max-in-flight N|default   most of its jobs at FAL at once; default: FAL_MAX_IN_FLIGHT_PER_CLIENT

Both count while FAL_MAX_IN_FLIGHT or FAL_MAX_IN_FLIGHT_PER_CLIENT is set, from the next job that is let in.
What a client decides about its archive is changed by fal-jobs archive policy.

Exit code: 0 done, 2 wrong usage.
`

/** Resolves with the exit code. */
export async function run(args: string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        weight: { type: 'string' },
        'max-in-flight': { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    if (values.help === true) {
      process.stdout.write(usage)
      return 0
    }
    const [verb = '', client = ''] = positionals
    if (verb !== 'show' && verb !== 'set') throw new UsageError(`There is no command "clients ${verb}".`)
    const clientId = idOf('cli', client, 'CLIENT')
    const change = changeOf(values.weight, values['max-in-flight'])
    if (verb === 'set' && Object.keys(change).length === 0) throw new UsageError('Say what to set.')
    if (verb === 'show' && Object.keys(change).length > 0) throw new UsageError('"show" changes nothing.')
    const policy = await withServices(({ archiving }) => archiving.policies.change(clientId, change))
    if (policy === null) throw new UsageError(`CLIENT: there is no client ${clientId}`)
    process.stdout.write(values.json === true ? jsonOf(policy) : textOf(policy))
    return 0
  } catch (error) {
    if (!isUsage(error)) throw error
    process.stderr.write(`${error.message}\n\n${usage}`)
    return 2
  }
}

function changeOf(weight: string | undefined, maxInFlight: string | undefined): Partial<ClientPolicy> {
  return {
    ...(weight === undefined ? {} : { turnWeight: weightOf(weight) }),
    ...(maxInFlight === undefined ? {} : { maxInFlight: capOf(maxInFlight) }),
  }
}

/** A thousandth to a thousand: beyond that one of two clients would never be seen. */
function weightOf(text: string): number {
  const weight = Number(text)
  if (/^\d+(\.\d+)?$/.test(text) && weight >= 0.001 && weight <= 1_000) return weight
  throw new UsageError(`--weight: "${text}" is not a number from 0.001 to 1000`)
}

function capOf(text: string): number | null {
  if (text === 'default') return null
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new UsageError(`--max-in-flight: "${text}" is not a whole number from 1, nor default`)
}

const jsonOf = ({ turnWeight, maxInFlight }: ClientPolicy): string =>
  `${JSON.stringify({ turnWeight, maxInFlight }, null, 2)}\n`

const textOf = ({ turnWeight, maxInFlight }: ClientPolicy): string =>
  `weight         ${turnWeight}\nmax in flight  ${maxInFlight ?? 'default (FAL_MAX_IN_FLIGHT_PER_CLIENT)'}\n`
