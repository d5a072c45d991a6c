/** The settings of the simulated FAL: each has FAL's documented or assumed default, and its unit in its name. */

import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'

const seconds = (value: number, description: string) =>
  Type.Number({ minimum: 0, default: value, description })
const flag = (value: boolean, description: string) => Type.Boolean({ default: value, description })

/** Seconds are simulated ones unless the description says real. */
export const SettingsSchema = Type.Object(
  {
    queueSeconds: seconds(0.2, 'least wait in the queue'),
    imageSeconds: seconds(2, 'time an image takes'),
    audioSeconds: seconds(4, 'time a sound takes'),
    videoSeconds: seconds(20, 'time the shortest video takes'),
    videoSpreadSeconds: seconds(40, 'what a video may take on top, by its prompt'),
    keepRequests: Type.Integer({
      minimum: 1,
      default: 10_000,
      description: 'requests kept; beyond that the oldest completed ones are dropped with their files',
    }),
    concurrency: Type.Integer({
      minimum: 0,
      default: 0,
      description: 'requests in progress at once; 0 = no limit',
    }),
    resultSeconds: seconds(3600, 'life of a small result after completion'),
    largeResultSeconds: seconds(360, 'life of a large result after completion'),
    largeResultBytes: Type.Integer({
      minimum: 1,
      default: 10_240,
      description: 'size from which a result is large',
    }),
    expiredStatus: Type.Integer({
      minimum: 400,
      maximum: 499,
      default: 404,
      description: 'what status and result answer afterwards (unknown of FAL)',
    }),
    storedSeconds: seconds(30 * 86_400, 'life of stored payloads in the Platform API'),
    storedMaxBytes: Type.Integer({
      minimum: 1,
      default: 1_048_576,
      description: 'larger results are not stored',
    }),
    honourCancel: flag(true, 'a running app stops when asked (499); else it completes'),
    legacyLogs: flag(false, 'log entries carry `labels` in place of `level` and `source`'),
    pingSeconds: seconds(5, 'pause between comment lines of a status stream; real seconds'),
    webhookRetries: Type.Integer({ minimum: 0, default: 31, description: 'retries after the first attempt' }),
    webhookDelaySeconds: seconds(5, 'wait before the first retry'),
    webhookDelayGrowth: Type.Number({
      minimum: 1,
      default: 1.5,
      description: 'factor from one wait to the next',
    }),
    webhookDelayMaxSeconds: seconds(300, 'longest wait between retries'),
    webhookFirstTimeoutSeconds: seconds(15, 'timeout of the first attempt; real seconds'),
    webhookRetryTimeoutSeconds: seconds(120, 'timeout of a retry; real seconds'),
    webhookPrivateTargets: flag(true, 'private targets are called (FAL drops them)'),
    webhookOnCancel: flag(false, 'a cancelled request sends a webhook (unknown of FAL)'),
    fastSigner: flag(
      false,
      'sign with node:crypto: the same bytes as tweetnacl, about 100 times faster, for load tests',
    ),
    cdnRange: flag(true, 'the CDN honours Range'),
    cdnHead: flag(true, 'the CDN answers HEAD'),
    cdnEtag: flag(true, 'the CDN sends ETag'),
    storageAccess: Type.Union([Type.Literal('allow'), Type.Literal('forbid'), Type.Literal('hide')], {
      default: 'allow',
      description:
        'who may read output files unless a request says: all, or who has a token ("forbid" 403, "hide" 404)',
    }),
    storageExpirySeconds: seconds(0, 'life of output files unless a request says; 0 = no expiry'),
    wrongKeyDetail: Type.String({
      default: 'invalid key credentials',
      description: 'detail of the 401 for a wrong key; FAL also says "No user found for Key ID and Secret"',
    }),
    offlineApps: Type.Array(Type.String(), {
      default: [],
      description: 'apps (`owner/name`) whose submits answer 503 "Application is not available"',
    }),
    endpoints: Type.Array(Type.String({ minLength: 1 }), {
      default: [],
      description: 'endpoints that exist beside the models known; `owner/*` and `*` stand for many',
    }),
    adminKeys: Type.Array(Type.String(), {
      default: [],
      description: 'keys with ADMIN scope; none named = all',
    }),
  },
  { additionalProperties: false },
)

export type SimulatorSettings = Static<typeof SettingsSchema>

/** The defaults with `chosen` laid over them. */
export function settingsWith(chosen: Partial<SimulatorSettings>): SimulatorSettings {
  return { ...Value.Create(SettingsSchema), ...chosen }
}
