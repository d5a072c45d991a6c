/** Finds factories of one function that do not name it, with the TypeScript parser that @ts-morph/common carries. */
import common from '@ts-morph/common'
import type { SourceFile } from '../source-files.ts'

const { ts } = common

/** A factory of one function is `makeX`, and the function that it returns is `x`; `createX` returns an object. */
export function unnamedFunctions({ path, text }: Pick<SourceFile, 'path' | 'text'>): string[] {
  // Parsing takes a while.
  if (!/^export function (?:create|make)[A-Z]/m.test(text)) return []
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  return file.statements.flatMap((statement) => {
    if (!ts.isFunctionDeclaration(statement) || statement.body === undefined) return []
    const factory = statement.name?.text ?? ''
    const named = /^(?:create|make)([A-Z]\w*)$/.exec(factory)?.[1]
    const returned = statement.body.statements.find((inner) => ts.isReturnStatement(inner))?.expression
    if (named === undefined || returned === undefined) return []
    if (!ts.isArrowFunction(returned) && !ts.isFunctionExpression(returned)) return []
    const inner = ts.isFunctionExpression(returned) ? (returned.name?.text ?? '') : ''
    const isNamed =
      factory.startsWith('make') && inner === named.replace(/^./, (letter) => letter.toLowerCase())
    return isNamed
      ? []
      : [`${path}: ${factory} returns ${inner === '' ? 'a function without a name' : inner}`]
  })
}
