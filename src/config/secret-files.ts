/** Secrets from files, as orchestrators mount them: NAME_FILE names a file whose content stands in for NAME. */
import { readFileSync } from 'node:fs'

/** Variables that may come from a file. */
const secretNames = [
  'BOOTSTRAP_API_KEY',
  'DATABASE_URL',
  'FAL_KEY',
  'FAL_KEY_NEW',
  'S3_ACCESS_KEY_ID',
  'S3_SECRET_ACCESS_KEY',
] as const

type Environment = Record<string, string | undefined>

/** The environment with the files read in, and what is wrong with them. An empty or absent FAL_KEY_NEW file means unset. */
export function withSecretFiles(environment: Environment): { environment: Environment; problems: string[] } {
  const read: Environment = { ...environment }
  const problems: string[] = []
  for (const name of secretNames) {
    const path = environment[`${name}_FILE`]?.trim()
    if (!path) continue
    if (environment[name]?.trim()) {
      problems.push(`${name}_FILE: must be unset when ${name} is set`)
      continue
    }
    try {
      read[name] = readFileSync(path, 'utf8').trim()
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : 'unknown'
      // Between rotations there is no next key: the same mount may be empty or lack the file.
      if (name === 'FAL_KEY_NEW' && code === 'ENOENT') continue
      problems.push(`${name}_FILE: must name a readable file, but ${path} cannot be read (${code})`)
    }
  }
  return { environment: read, problems }
}
