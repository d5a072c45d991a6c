/** Settings that are text of a certain form, or of use only beside another: what would be accepted and could not work is refused. */

import { createHostRules } from '../domain/host-rules.ts'
import { findModel } from '../models/catalogue.ts'
import type { Environment } from './environment.ts'

type Given = Partial<Environment>

/** The items of a comma-separated setting. */
export const list = (value: string | undefined): string[] =>
  (value ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean)

/** What is wrong, each with the variable's name and what to write. */
export function formProblems(env: Given): string[] {
  return [
    ...databaseProblems(env),
    ...bucketProblems(env),
    ...list(env.CORS_ORIGINS).flatMap(originProblem),
    ...list(env.ARCHIVE_ALLOWED_TYPES).flatMap(typeProblem),
    ...list(env.ARCHIVE_ALLOWED_HOSTS).flatMap(hostProblem),
    ...list(env.PROXY_ALLOWED_MODELS).flatMap(modelProblem),
  ]
}

/** `p@ss/word` makes `ss` the host and the rest a path: nothing of it may be told. */
function databaseProblems({ DATABASE_URL }: Given): string[] {
  if (DATABASE_URL === undefined || !/^postgres(ql)?:\/\//.test(DATABASE_URL)) return []
  // With a socket's folder as `?host=` there is none before the path.
  const url = URL.parse(DATABASE_URL.replace('@/', '@socket/'))
  if (url !== null && !`${url.pathname}${url.hash}`.includes('@') && isDecodable(DATABASE_URL)) return []
  return [
    'DATABASE_URL: is not a URL like postgres://user:password@host:5432/database: write @ : / ? # and % in a password as %40 %3A %2F %3F %23 and %25',
  ]
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/** Without defaults and of no use to a folder. */
const ofBucket = [
  'S3_ENDPOINT',
  'S3_ACCESS_KEY_ID',
  'S3_SECRET_ACCESS_KEY',
  'S3_SERVER_SIDE_ENCRYPTION',
  'S3_KMS_KEY_ID',
  'S3_STORAGE_CLASS',
] as const

function bucketProblems(env: Given): string[] {
  const idle = ofBucket.filter((name) => env[name] !== undefined)
  if (env.ARCHIVE_BUCKET !== undefined || idle.length === 0) return []
  const what = idle.length === 1 ? 'has no use' : 'have no use'
  return [
    `ARCHIVE_BUCKET: is not set, so ${idle.join(', ')} ${what}: set it, or leave S3_… out to keep the media in ARCHIVE_DIR`,
  ]
}

/** Browsers send an origin in exactly one spelling, and it is compared as it stands. */
function originProblem(item: string): string[] {
  // `null` is what pages without an origin send; apps have schemes of their own (capacitor://localhost).
  if (item === '*' || item === 'null') return []
  const hasScheme = item.includes('://')
  const isLocal = /^(localhost|127\.0\.0\.1|\[::1\])(:|\/|$)/.test(item)
  const url = URL.parse(hasScheme ? item : `${isLocal ? 'http' : 'https'}://${item}`)
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  const origin = isWeb ? (url?.origin ?? '') : item
  const isExact = isWeb ? origin === item : /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@]+$/.test(item)
  if (isExact && !item.includes('*')) return []
  const hint = isWeb && origin !== item && !item.includes('*') ? `: write ${origin}` : ''
  return [
    `CORS_ORIGINS: must hold origins such as https://app.example.com (scheme and host, no path, no * within), or * alone for all, but "${item}" is none${hint}`,
  ]
}

function typeProblem(item: string): string[] {
  if (/^(\*\/\*|[\w!#$&^.+-]+\/(\*|[\w!#$&^.+-]+))$/.test(item)) return []
  return [`ARCHIVE_ALLOWED_TYPES: must hold media types such as image/png or image/*, but "${item}" is none`]
}

function hostProblem(item: string): string[] {
  try {
    createHostRules([item])
    return []
  } catch {
    return [
      `ARCHIVE_ALLOWED_HOSTS: must hold host names such as media.example.com, 10.0.0.5:9000 or *.example.com, without scheme and path, but "${item}" is none`,
    ]
  }
}

const endpointId = /^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)+$/

function modelProblem(item: string): string[] {
  if (item.includes('*') ? /^[A-Za-z0-9._/*-]+$/.test(item) : endpointId.test(item)) return []
  const entry = findModel(item)
  if (entry?.alias === item.toLowerCase()) return []
  const hint = entry === undefined ? 'GET /api/models lists the aliases' : `write ${entry.alias}`
  return [
    `PROXY_ALLOWED_MODELS: must hold aliases (veo3), endpoint ids (fal-ai/flux/dev) or either with * (fal-ai/flux/*), but "${item}" is none: ${hint}`,
  ]
}
