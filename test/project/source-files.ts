/** The source files as the project's rules see them: path, room, text and what each imports. */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))

export interface SourceFile {
  /** e.g. `src/jobs/run/poll-job.ts` */
  path: string
  /** Folder under `src`; `root` for the files directly in it. */
  room: string
  text: string
  /** Paths of the project's own files it imports, types included. */
  imports: string[]
  /** What else it imports: packages and modules of Node. */
  packages: string[]
}

/** `import … from`, `export … from`, `import '…'` and `import('…')` of relative paths. */
const importPattern = /(?:\bfrom\s*|\bimport\s*\(?\s*)['"](\.[^'"]+)['"]/g

/** `import … from`, `export … from`, `import '…'` and `import('…')` of anything else, at the start of a line or in code. */
const packagePattern =
  /(?:^(?:import|export)\b(?:[\w\s{},*$]*?\bfrom)?\s*|\bimport\(\s*)['"]([^.'"][^'"]*)['"]/gm

/** Every TypeScript file under `folder` (e.g. `src`), sorted by path. */
export function readSources(folder: string): SourceFile[] {
  return globSync(`${folder}/**/*.ts`, { cwd: root }).sort().map(readSource)
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8')
  const parts = path.split('/')
  return {
    path,
    room: parts.length > 2 ? (parts[1] ?? '') : 'root',
    text,
    imports: [...text.matchAll(importPattern)].map(([, target = '']) => join(dirname(path), target)),
    packages: [...text.matchAll(packagePattern)].map(([, target = '']) => target),
  }
}
