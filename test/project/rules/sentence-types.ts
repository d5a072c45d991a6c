/** Finds values of types that are made of several words, with the TypeScript parser that @ts-morph/common carries. */
import common from '@ts-morph/common'
import type { SourceFile } from '../source-files.ts'

const { ts } = common

/** Texts with a blank that stand where a type stands, as in `type State = 'not inserted' | 'inserted'`. */
export function sentenceTypes({ path, text }: Pick<SourceFile, 'path' | 'text'>): string[] {
  // Parsing takes a while: most files have no quoted words after the mark of a type or a union.
  if (!/[|:=<,]\s*(['"])[\w-]+ [^'"\n]*\1/.test(text)) return []
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const found: string[] = []
  const visit = (node: import('@ts-morph/common').ts.Node): void => {
    if (ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal) && node.literal.text.includes(' '))
      found.push(node.literal.text)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}
