/**
 * Warnings about an environment that do not prevent the start: keys that look wrong, names similar to a setting's.
 */
import { distance } from 'fastest-levenshtein'
import { closestName } from '../domain/closest-name.ts'
import { settings, settingsOf } from './environment.ts'
import { legacyKey } from './fal-settings.ts'
import { shortestBootstrapKey } from './rules.ts'
import type { Environment, Given } from './setting.ts'

const keys = [settings.fal.key, legacyKey, settings.fal.keyNew]

export function oddities(given: Given): string[] {
  const warnings: string[] = []
  for (const setting of keys) {
    const value = given.raw(setting)
    if (value === undefined || /^[^\s:<>]+:[^\s:<>]+$/.test(value)) continue
    warnings.push(
      `${setting.name} does not look like a FAL key (\`id:secret\`): FAL will refuse it unless it is one; keys are made at https://fal.ai/dashboard/keys`,
    )
  }
  const bootstrap = given.raw(settings.bootstrapApiKey)
  if (bootstrap !== undefined && bootstrap.length < shortestBootstrapKey) {
    warnings.push(
      `BOOTSTRAP_API_KEY has fewer than ${shortestBootstrapKey} characters and can be guessed (production refuses it): make one with \`openssl rand -base64 32\``,
    )
  }
  if (given.raw(settings.production) === 'production' && given.raw(settings.callbackAllowPrivate) === true)
    warnings.push(
      'CALLBACK_ALLOW_PRIVATE is set in production: every client can have the service call hosts of your internal network',
    )
  return [...warnings, ...oddAddress(given), ...quoted(given)]
}

/** FAL's webhooks carry a job's token in their address. */
function oddAddress({ raw }: Given): string[] {
  if (raw(settings.production) !== 'production') return []
  const appUrl = raw(settings.appUrl)
  if (appUrl === undefined)
    return [
      'APP_URL is not set: no webhook can come, every job is found finished by polling, some seconds later',
    ]
  if (appUrl.startsWith('https:')) return []
  return ['APP_URL is not https: keys, webhooks and media links can be read on the way']
}

/** Shells and Node take quotes away, Docker's --env-file keeps them. */
const quoted = ({ raw }: Given): string[] =>
  settingsOf()
    .filter((setting) => /^(".*"|'.*')$/.test(String(raw(setting))))
    .map(
      ({ name }) => `${name} begins and ends with a quote, which counts as part of it: leave the quotes out`,
    )

const names = settingsOf().map(({ name }) => name)
const aliases = settingsOf().flatMap(({ alias }) => alias ?? [])
const known = [...names, ...aliases, 'DEV_DATABASE_URL', 'DEV_ARCHIVE_BUCKET']
const prefixOf = (name: string): string => name.split('_', 1)[0] ?? ''

/** Prefixes that other programs use as well: only near misses are reported. */
const commonPrefixes = new Set(['DATABASE', 'PROXY', 'OTEL', 'NODE', 'APP', 'LOG', 'DATA', 'EVENT', 'RATE'])
const ownPrefixes = new Set(
  names.map(prefixOf).filter((prefix, at, all) => all.indexOf(prefix) !== at && !commonPrefixes.has(prefix)),
)

/** FAL_JOBS_… are the commands' own, and Kubernetes names every service to every pod: FAL_JOBS_PORT, ARCHIVE_SERVICE_HOST. Others read HTTP_PROXY. */
const notOurs =
  /^FAL_JOBS_|^SIMULATOR_|^(HTTP|ALL)_PROXY$|_SERVICE_(HOST|PORT\w*)$|_PORT(_\d+_(TCP|UDP)\w*)?$/
/** Maximum edit distance of a near miss; short names are excluded. */
const fewSlips = 2
const shortestCompared = 8

/** One sentence for every variable that is set, unknown, and begins like ours or is nearly one of ours. */
export function misspeltNames(environment: Environment): string[] {
  return Object.keys(environment)
    .filter((name) => environment[name]?.trim() && !known.includes(name) && !notOurs.test(name))
    .flatMap((name) => {
      const isOwn = name.includes('_') && ownPrefixes.has(prefixOf(name))
      const slip = name.length < shortestCompared ? undefined : known.find((it) => isSlip(name, it))
      if (!isOwn && slip === undefined) return []
      const meant = slip ?? closestName(name, known)
      return [
        `${name} is set but is no setting of fal-jobs${meant === null ? '' : `: did you mean ${meant}?`}`,
      ]
    })
}

const isSlip = (name: string, of: string): boolean =>
  Math.abs(name.length - of.length) <= fewSlips && distance(name, of) <= fewSlips
