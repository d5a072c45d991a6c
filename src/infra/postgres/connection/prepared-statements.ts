/**
 * A pg client that prepares each statement it sees repeatedly: PostgreSQL then parses and plans it once per connection.
 * Invariant: a name means one text, in every process and on every connection, because it is a hash of the text. Behind a
 * pooler that hands one server connection to several processes, a name from a counter made one process run another's SQL.
 * Statements requested in one turn of the event loop leave in one write.
 */
import { hash } from 'node:crypto'
import pg from 'pg'

/** Texts beyond this many (lists of changing length) stay unprepared, which bounds memory here and in PostgreSQL. */
const namesAtMost = 400

/** Text → name; computed once per text and process. */
const names = new Map<string, string>()

/**
 * A prepared `*` fails for good once a later version has added a column beside us. What an insert selects is not what it
 * answers: the task engine's has a star over columns that it names itself.
 */
const changesWithTable = /^(?!\s*insert\b)[\s\S]*(select|"[a-z_]+"\.)\s*\*|returning\s*\*/i

function nameOf(text: string): string | undefined {
  const known = names.get(text)
  if (known !== undefined) return known
  if (names.size >= namesAtMost || changesWithTable.test(text)) return undefined
  const name = statementName(text)
  names.set(text, name)
  return name
}

/** At most 63 bytes, PostgreSQL's limit for names; 128 bits of the hash make a collision impossible in practice. */
export function statementName(text: string): string {
  return `fj_${hash('sha256', text, 'hex').slice(0, 32)}`
}

export class PreparedStatementClient extends pg.Client {
  private gathering = false

  // pg's own signature has many overloads; all are passed on as they came, but for text with values.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  override query(...args: any[]): any {
    const [text, values, ...rest] = args
    if (typeof text !== 'string' || !Array.isArray(values) || values.length === 0) return this.pass(args)
    const name = nameOf(text)
    return this.pass(name === undefined ? args : [{ name, text, values }, ...rest])
  }

  private pass(args: unknown[]): unknown {
    this.gather()
    return Reflect.apply(pg.Client.prototype.query, this, args)
  }

  /** Corks the stream until the next tick, so that statements of one turn leave in one write. */
  private gather(): void {
    if (this.gathering) return
    this.gathering = true
    const { stream } = this.connection
    stream.cork()
    process.nextTick(() => {
      this.gathering = false
      stream.uncork()
    })
  }
}
