/** The settings that concern FAL: its keys, addresses and limits. */
import { Type } from '@sinclair/typebox'
import { falBaseProblems, jwksProblems, trimmed } from './forms.ts'
import { checked, count, decoded, flag, orFromFile, type Setting, text, textOr } from './setting.ts'

const allowLoopback = flag(
  'FAL_ALLOW_LOOPBACK',
  'Allow http://127.0.0.1 and localhost as FAL hosts (for the simulator). Refused in production.',
)
export const legacyKey = text('FAL_API_KEY', 'Legacy name of FAL_KEY, used when FAL_KEY is not set.')
const falBase = (name: string, fallback: string, description: string) =>
  decoded(
    checked(textOr(name, fallback, description), (url, given) =>
      falBaseProblems(name, url, given.raw(allowLoopback) === true),
    ),
    trimmed,
  )
const apiBase = falBase(
  'FAL_API_BASE',
  'https://rest.fal.ai',
  "Base URL of FAL's REST API: https, with a host that ends in .fal.ai or .fal.run.",
)

export const falSettings = {
  key: {
    ...orFromFile(
      text('FAL_KEY', 'FAL API key (`id:secret`). Required, unless the legacy FAL_API_KEY is set.'),
      { description: '; read again on SIGHUP' },
    ),
    decode: (raw, given) => raw ?? given.value(legacyKey) ?? '',
    instead: legacyKey,
  } satisfies Setting<string, string>,
  keyNew: orFromFile(
    text(
      'FAL_KEY_NEW',
      'The next FAL key during a rotation: used for new submits; when FAL refuses it, FAL_KEY is used and a warning logged.',
    ),
    {
      description: '; read again on SIGHUP. It may be empty or absent between rotations',
      mayBeAbsent: true,
    },
  ),
  queueBase: falBase(
    'FAL_QUEUE_BASE',
    'https://queue.fal.run',
    "Base URL of FAL's queue: https, with a host that ends in .fal.ai or .fal.run.",
  ),
  apiBase,
  platformBase: falBase(
    'FAL_PLATFORM_BASE',
    'https://api.fal.ai',
    "Base URL of FAL's Platform API (prices, models, list of requests): https, with a host that ends in .fal.ai or .fal.run.",
  ),
  schemaBase: falBase(
    'FAL_SCHEMA_BASE',
    'https://fal.ai',
    "Base URL of FAL's web host, asked for a model's OpenAPI document when the Platform API has none: https, with the host fal.ai or one that ends in .fal.ai or .fal.run.",
  ),
  jwksUrl: decoded(
    checked(
      text(
        'FAL_JWKS_URL',
        "Where FAL publishes the Ed25519 keys of its webhooks; default: FAL_API_BASE + '/.well-known/jwks.json'.",
      ),
      (url, given) => jwksProblems(url, given.raw(allowLoopback) === true),
    ),
    (url, given) => url ?? `${given.value(apiBase)}/.well-known/jwks.json`,
  ),
  timeoutMs: count(
    'FAL_TIMEOUT_MS',
    300_000,
    'Longest wait for one answer of FAL, in milliseconds.',
    100,
    3_600_000,
  ),
  resultMaxBytes: {
    name: 'FAL_RESULT_MAX_BYTES',
    schema: Type.Optional(
      Type.Integer({
        minimum: 65_536,
        maximum: 268_435_456,
        description:
          'Largest result that is read from FAL, in bytes. The job of a larger one fails with RESULT_TOO_LARGE. Unset, 67108864 (64 MB), or a quarter of the memory budget where that is less.',
      }),
    ),
    decode: (raw) => raw ?? null,
  } satisfies Setting<number | null, number>,
  logsByDefault: flag('FAL_QUEUE_LOGS_DEFAULT', "Fetch FAL's logs with every poll."),
  webhookPath: textOr(
    'FAL_WEBHOOK_PATH',
    '/api/fal/webhook',
    'Path to which FAL sends its webhooks; `/api/webhooks/fal` works as well.',
    {
      allowed: 'a path that begins with / and does not end with one, of letters, digits and / _ . -',
      pattern: '^/[A-Za-z0-9/_.-]*[A-Za-z0-9_-]$',
    },
  ),
  accountId: text(
    'FAL_ACCOUNT_ID',
    'Your FAL user id: webhooks of other accounts are refused. Unset, it is learned from the first verified delivery for a job of ours.',
  ),
  allowLoopback,
}
