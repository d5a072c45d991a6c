/** `fal-jobs keys`: API keys of clients, made, listed and revoked with an admin key. */
import { UsageError } from '../terminal/arguments.ts'
import { type Call, idOf, listOf, optionOf, runSubcommand, table } from '../terminal/subcommand.ts'

const usage = `Usage: fal-jobs keys <command> [--json]

  list [--client ID]
  create --name NAME [--scope S]... [--client ID] [--expires TIME]
                 scopes: jobs:read, jobs:write (the default two), credits:write, admin; without --client a new client
  revoke <id>

FAL_JOBS_KEY must be an admin key, e.g. that of BOOTSTRAP_API_KEY.
`

export interface KeyView {
  id: string
  clientId: string
  name: string
  scopes: string[]
  prefix: string
  createdAt: string
  expiresAt: string | null
  revokedAt?: string | null
  lastUsedAt?: string | null
}

export const run = (args: string[]): Promise<number> =>
  runSubcommand(
    {
      usage,
      options: {
        client: { type: 'string' },
        name: { type: 'string' },
        scope: { type: 'string', multiple: true },
        expires: { type: 'string' },
      },
      run: { list, create, revoke },
    },
    args,
  )

async function list(call: Call): Promise<void> {
  const page = await listOf<KeyView>(call, '/api/keys', { clientId: optionOf(call, 'client') })
  call.show(page, () =>
    table([
      ['ID', 'CLIENT', 'NAME', 'SCOPES', 'LAST USED', 'STATE'],
      ...page.data.map((key) => [
        key.id,
        key.clientId,
        key.name,
        key.scopes.join(','),
        key.lastUsedAt ?? null,
        stateOf(key),
      ]),
    ]),
  )
}

async function create(call: Call): Promise<void> {
  const name = optionOf(call, 'name')
  if (name === undefined) throw new UsageError('Give the key a --name.')
  const expires = optionOf(call, 'expires')
  const client = optionOf(call, 'client')
  const made = await call.api.call<KeyView & { key: string }>('POST', '/api/keys', {
    name,
    scopes: Array.isArray(call.values.scope) ? call.values.scope : ['jobs:read', 'jobs:write'],
    ...(client === undefined ? {} : { clientId: client }),
    ...(expires === undefined ? {} : { expiresAt: expires }),
  })
  call.show(made, () => [`${made.id} of ${made.clientId}`, made.key, 'The key is shown this once.'])
}

async function revoke(call: Call): Promise<void> {
  await call.api.call('DELETE', `/api/keys/${idOf(call)}`)
  call.show({ revoked: true }, () => ['Revoked.'])
}

export function stateOf({ revokedAt, expiresAt }: KeyView): string {
  if (revokedAt != null) return `revoked ${revokedAt}`
  if (expiresAt === null) return 'valid'
  return Date.parse(expiresAt) <= Date.now() ? 'expired' : `until ${expiresAt}`
}
