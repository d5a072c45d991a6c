/**
 * Finds the tables that a source file writes, with the TypeScript parser that @ts-morph/common carries: Kysely's verbs and
 * SQL in strings. What it cannot read (a table named by anything but a literal) it reports, so that nothing hides there.
 */
import common from '@ts-morph/common'

const { ts } = common
type Node = import('@ts-morph/common').ts.Node
type Expression = import('@ts-morph/common').ts.Expression

export interface TableWrite {
  /** As written, without schema and alias; null when no literal names it. */
  table: string | null
  line: number
}

const verbs = new Set(['insertInto', 'replaceInto', 'updateTable', 'deleteFrom', 'mergeInto'])
/** Parsing takes a while: only files with one of these words may write a table. */
const mayWrite =
  /insertInto|replaceInto|updateTable|deleteFrom|mergeInto|\b(?:insert|update|delete|merge|truncate|copy)\b/i
/** Stands for an expression inside a string. */
const hole = '\u0000'

const gap = String.raw`(?:\s|--[^\n]*(?:\n|$)|/\*[\s\S]*?\*/)+`
const name = String.raw`(?:"[^"]+"|\w+|"?${hole}"?)`
const statement = new RegExp(
  String.raw`(?<before>\w+${gap})?\b(?:insert${gap}into|update|delete${gap}from|merge${gap}into|truncate(?:${gap}table)?|copy)${gap}` +
    String.raw`(?:only${gap})?(?:(?<schema>${name})\s*\.\s*)?(?<table>${name})`,
  'gi',
)

export function tableWrites({ path, text }: { path: string; text: string }): TableWrite[] {
  if (!mayWrite.test(text)) return []
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const found: TableWrite[] = []
  const report = (node: Node, table: string | null) =>
    found.push({ table, line: file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1 })
  const visit = (node: Node): void => {
    const verb = verbOf(node)
    if (verb !== null) for (const table of verb) report(node, table)
    const sql = textOf(node)
    if (sql !== null) for (const table of writesOfSql(sql)) report(node, table)
    // The parts of a text were read with it; what stands in its holes was not.
    ts.forEachChild(node, sql === null ? visit : (child) => visitHoles(child, visit))
  }
  visit(file)
  return found
}

/** The tables that a mention of one of Kysely's verbs writes: a mention that is no plain call may write any. */
function verbOf(node: Node): (string | null)[] | null {
  if (!isVerb(node)) return null
  const access = node.parent
  const call = access.parent
  const isCalled =
    (ts.isPropertyAccessExpression(access) || ts.isElementAccessExpression(access)) &&
    ts.isCallExpression(call) &&
    call.expression === access
  if (!isCalled) return [null]
  const [argument] = call.arguments
  return argument !== undefined && ts.isStringLiteralLike(argument) ? [tableOf(argument.text)] : [null]
}

const isVerb = (node: Node): boolean =>
  (ts.isIdentifier(node) || ts.isStringLiteralLike(node)) && verbs.has(node.text)

/** Without schema and alias, as in `public.job as old`. Another schema is another table. */
function tableOf(text: string): string {
  const [named = ''] = text.trim().split(/\s+/)
  return named.replaceAll('"', '').replace(/^public\./, '')
}

function writesOfSql(sql: string): (string | null)[] {
  return [...sql.matchAll(statement)].flatMap(({ groups = {} }) => {
    const { before = '', schema = '', table = '' } = groups
    // `for update of x`, `on conflict do update set`: clauses of other statements.
    if (/^(?:for|key|do|on|or)\b/i.test(before)) return []
    if (`${schema}${table}`.includes(hole)) return [null]
    return /^"?public"?$|^$/.test(schema) ? [table.replaceAll('"', '').toLowerCase()] : []
  })
}

/** The text of a string, a template or strings that are added up, with `hole` for what is not known; else null. */
function textOf(node: Node): string | null {
  if (ts.isStringLiteralLike(node)) return node.text
  if (ts.isTemplateExpression(node))
    return (
      node.head.text +
      node.templateSpans.map((span) => (sqlOf(span.expression) ?? hole) + span.literal.text).join('')
    )
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const [left, right] = [textOf(node.left), textOf(node.right)]
    return left === null && right === null ? null : (left ?? hole) + (right ?? hole)
  }
  return null
}

/** What `sql.raw('x')`, `sql.table('x')` and their like put into a statement. */
function sqlOf(expression: Expression): string | null {
  if (!ts.isCallExpression(expression)) return textOf(expression)
  const parts = expression.arguments.map((argument) => textOf(argument))
  const isSql = /\bsql\b.*\.(?:raw|table|id|ref|lit|val)$/s.test(expression.expression.getText())
  return isSql && parts.length > 0 && !parts.includes(null) ? parts.join('.') : null
}

/** Goes on below a text: its own literals are read, the expressions in it are code. */
function visitHoles(node: Node, visit: (node: Node) => void): void {
  if (ts.isTemplateSpan(node)) visit(node.expression)
  else if (ts.isBinaryExpression(node)) ts.forEachChild(node, (child) => visitHoles(child, visit))
  else if (!ts.isStringLiteralLike(node) && !ts.isTemplateExpression(node)) visit(node)
  else ts.forEachChild(node, (child) => visitHoles(child, visit))
}
