/** API keys as administrators see them; only the answer to the create contains the secret. */
import { Type } from '@sinclair/typebox'
import { keyLimitsSchema } from '../../domain/key-limits.ts'
import { scopes } from '../../ports/keys.ts'
import { idOf, nullable, oneOf, time } from './basic-schemas.ts'

const shown = {
  id: idOf('key', 'The id of the key.'),
  clientId: idOf('cli', 'The client it belongs to: jobs, credits and callbacks are per client.'),
  name: Type.String(),
  scopes: Type.Array(oneOf(scopes)),
  prefix: Type.String({ description: 'The first characters of the key, to tell keys apart.' }),
  limits: keyLimitsSchema,
  createdAt: time('When it was made.'),
  expiresAt: nullable(time('When it stops working; null: never.')),
}

export const keySchema = Type.Object(
  {
    ...shown,
    lastUsedAt: nullable(time('To the half minute.')),
    revokedAt: nullable(time('When it was revoked.')),
  },
  { $id: 'Key', additionalProperties: false, description: 'An API key, without its secret.' },
)

export const newKeySchema = Type.Object(
  { ...shown, key: Type.String({ description: 'The key itself: shown now and never again.' }) },
  { $id: 'NewKey', additionalProperties: false, description: 'A new API key with its secret.' },
)

export const createKeyBody = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 200,
      pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$',
      examples: ['shop backend'],
    }),
    scopes: Type.Array(oneOf(scopes), {
      minItems: 1,
      maxItems: scopes.length,
      uniqueItems: true,
      description: '`admin` includes all others.',
      examples: [['jobs:read', 'jobs:write']],
    }),
    expiresAt: Type.Optional(Type.String({ format: 'date-time', description: 'When it stops working.' })),
    limits: Type.Optional(keyLimitsSchema),
    clientId: Type.Optional(
      Type.String({
        maxLength: 100,
        description: 'A client that exists, e.g. to rotate its key. Without, the key is a new client.',
      }),
    ),
  },
  { additionalProperties: false },
)
