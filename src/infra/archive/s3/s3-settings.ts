/** The operator's bucket settings, and the SDK client built from them. */
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { S3Client, type ServerSideEncryption } from '@aws-sdk/client-s3'
import { useNotedHashes } from './payload-hash.ts'

export interface S3ArchiveOptions {
  bucket: string
  /** Of an S3-compatible store (R2, MinIO); without one, AWS. */
  endpoint?: string
  /** `auto` for R2. */
  region: string
  /** Both or none: without them the SDK's own chain (environment, profile, role) is used. */
  accessKeyId?: string
  secretAccessKey?: string
  sessionToken?: string
  /** Bucket in the path rather than the host name, as MinIO needs. */
  forcePathStyle?: boolean
  /** Put before every key, e.g. `media/`. */
  keyPrefix?: string
  serverSideEncryption?: ServerSideEncryption
  kmsKeyId?: string
  /** As the store names it: compatible ones have classes of their own. */
  storageClass?: string
  /** `Cache-Control` of downloads. */
  cacheControl?: string
  /** `required` (default) adds checksums only where S3 insists, which every compatible store understands. */
  checksums?: 'required' | 'supported'
  /** Files over this size are sent in parts of it, two at a time; 8 MiB by default, 5 MiB at least. */
  partBytes?: number
  /** For each attempt, of three. Defaults 5 s and 60 s without a byte moving. */
  connectTimeoutMs?: number
  idleTimeoutMs?: number
  /** The operator's proxy. Default: none. */
  proxy?: { url: string | null; except: readonly string[] }
}

/** The names of the settings as the operator knows them, for error messages. */
export const s3SettingNames = {
  bucket: 'ARCHIVE_BUCKET',
  endpoint: 'S3_ENDPOINT',
  region: 'S3_REGION',
  accessKeyId: 'S3_ACCESS_KEY_ID',
  secretAccessKey: 'S3_SECRET_ACCESS_KEY',
} as const

/** Node's own agent reads these names; the loopback is always connected to directly. */
function agentsOf(proxy: S3ArchiveOptions['proxy']): { httpAgent?: HttpAgent; httpsAgent?: HttpsAgent } {
  if (proxy === undefined || proxy.url === null) return {}
  const noProxy = [...proxy.except, 'localhost', '127.0.0.1', '[::1]'].join(',')
  const proxyEnv = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, NO_PROXY: noProxy }
  const options = { keepAlive: true, maxSockets: 50, proxyEnv }
  return { httpAgent: new HttpAgent(options), httpsAgent: new HttpsAgent(options) }
}

export function createS3Client(options: S3ArchiveOptions): S3Client {
  const mode = options.checksums === 'supported' ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED'
  const client = new S3Client({
    region: options.region,
    forcePathStyle: options.forcePathStyle ?? false,
    requestChecksumCalculation: mode,
    responseChecksumValidation: mode,
    maxAttempts: 3,
    // Stores and proxies that never answer `Expect: 100-continue` would cost six seconds for each body.
    expectContinueHeader: false,
    requestHandler: {
      connectionTimeout: options.connectTimeoutMs ?? 5_000,
      socketTimeout: options.idleTimeoutMs ?? 60_000,
      ...agentsOf(options.proxy),
    },
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    ...credentialsOf(options),
  })
  useNotedHashes(client)
  return client
}

function credentialsOf({ accessKeyId, secretAccessKey, sessionToken }: S3ArchiveOptions) {
  if (accessKeyId === undefined || secretAccessKey === undefined) return {}
  return {
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
  }
}
