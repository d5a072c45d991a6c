/** Secrets from files, as orchestrators mount them: NAME_FILE names a file whose content stands in for NAME. */
import { readFileSync } from 'node:fs'
import { settingsOf } from './environment.ts'
import type { Environment } from './setting.ts'

/** The environment with the files read in, and what is wrong with them. An empty file means unset. */
export function withSecretFiles(environment: Environment): { environment: Environment; problems: string[] } {
  const read: Record<string, string | undefined> = { ...environment }
  const problems: string[] = []
  for (const { name, file } of settingsOf()) {
    if (file === undefined) continue
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
      if (file.mayBeAbsent && code === 'ENOENT') continue
      problems.push(`${name}_FILE: must name a readable file, but ${path} cannot be read (${code})`)
    }
  }
  return { environment: read, problems }
}
