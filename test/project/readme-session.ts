/** The session of a document as steps: each curl command and the answer printed below it, ready to be run and compared. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './source-files.ts'

export interface Step {
  /** As written, for messages. */
  command: string
  method: string
  url: string
  headers: Record<string, string>
  body: string | undefined
  /** What the document shows: part of the answer. */
  expected: unknown
}

/** The steps in order; `variables` (`$KEY`, `$JOB`) stay in them. Throws on a command this cannot read. */
export function readSession(document: string): Step[] {
  const text = readFileSync(join(root, document), 'utf8')
  const session = /<!-- session:[\s\S]*?<!-- end of session -->/.exec(text)?.[0] ?? ''
  const blocks = /```console\n\$ curl (.*)\n```\s*```json\n([\s\S]*?)```/g
  return [...session.matchAll(blocks)].map(([, command = '', answer = '']) => ({
    command,
    ...readCurl(command),
    expected: JSON.parse(answer),
  }))
}

/** The few options the documents use. */
function readCurl(command: string) {
  const words = [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '')
  const headers: Record<string, string> = {}
  let url = ''
  let body: string | undefined
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (word === '-s') continue
    if (word === '-H') {
      const [name = '', value = ''] = (words[++at] ?? '').split(/:\s*/, 2)
      headers[name] = value
    } else if (word === '-d') body = words[++at]
    else if (word.startsWith('http')) url = word
    else throw new Error(`a command of the document has an option that is not understood: ${word}`)
  }
  return { method: body === undefined ? 'GET' : 'POST', url, headers, body }
}

/** Where `actual` is not as the document shows it; empty when it is. `…` in a text stands for anything. */
export function differences(expected: unknown, actual: unknown, at = ''): string[] {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return [`${at} is no list`]
    return expected.flatMap((item, index) => differences(item, actual[index], `${at}/${index}`))
  }
  if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null) return [`${at} is no object`]
    const entries = new Map<string, unknown>(Object.entries(actual))
    return Object.entries(expected).flatMap(([key, value]) =>
      differences(value, entries.get(key), `${at}/${key}`),
    )
  }
  if (typeof expected === 'string' && expected.includes('…')) {
    const parts = expected.split('…')
    const fits = typeof actual === 'string' && parts.every((part) => actual.includes(part))
    return fits ? [] : [`${at} is ${JSON.stringify(actual)}`]
  }
  return expected === actual ? [] : [`${at} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`]
}
