/** The code blocks of the documents, put together into files that can be compiled or run. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './source-files.ts'

interface Block {
  /** The fence's word: `ts`, `tsx`, `python`, … */
  language: string
  code: string
}

/**
 * In order. A comment `<!-- ts: declare const id: string -->` is a block that readers do not see: what a snippet takes for
 * granted.
 */
function blocksOf(document: string): Block[] {
  const text = readFileSync(join(root, document), 'utf8')
  const blocks = /<!-- (ts|python): ([\s\S]*?) -->|^```(\w+)\n([\s\S]*?)^```$/gm
  return [...text.matchAll(blocks)].map(([, hidden, hiddenCode, visible, visibleCode]) => ({
    language: hidden ?? visible ?? '',
    code: hiddenCode ?? visibleCode ?? '',
  }))
}

/** By path. A block that begins with its path (`// lib/fal-jobs.ts`) begins that file; others belong to the one before. */
export function typescriptFiles(document: string): Map<string, string> {
  const files = new Map<string, string>()
  let current = 'first.ts'
  for (const { language, code } of blocksOf(document)) {
    if (language !== 'ts' && language !== 'tsx') continue
    current = /^\/\/ (\S+\.tsx?)$/m.exec(code.split('\n', 1)[0] ?? '')?.[1] ?? current
    files.set(current, `${files.get(current) ?? 'export {}\n'}${code}\n`)
  }
  return files
}

/** All of a document's Python, as one script. */
export const pythonScript = (document: string): string =>
  blocksOf(document)
    .filter(({ language }) => language === 'python')
    .map(({ code }) => code)
    .join('\n')
