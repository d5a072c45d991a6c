/** Finds functions that do not fit a screen or two, with the TypeScript parser that @ts-morph/common carries. */
import common from '@ts-morph/common'
import type { SourceFile } from '../source-files.ts'

const { ts } = common

export interface LongFunction {
  path: string
  /** Of its first line. */
  line: number
  lines: number
}

/** Every function, method and callback with a body of its own, inner ones counted to the outer ones as well. */
export function longFunctions({ path, text }: SourceFile, linesAtMost: number): LongFunction[] {
  // Parsing takes a while: a file that is short has no long function.
  if (text.split('\n').length <= linesAtMost) return []
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const lineAt = (position: number) => file.getLineAndCharacterOfPosition(position).line + 1
  const found: LongFunction[] = []
  const visit = (node: import('@ts-morph/common').ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      const line = lineAt(node.getStart(file))
      const lines = lineAt(node.end) - line + 1
      if (lines > linesAtMost) found.push({ path, line, lines })
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}
