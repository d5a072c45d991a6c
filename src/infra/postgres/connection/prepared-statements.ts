/**
 * A pg client that prepares every statement it sees again and again: PostgreSQL then parses and plans it once per
 * connection. Texts beyond a bound (lists of changing length) go unprepared, so nothing grows without end. Statements
 * that are asked for in one turn of the event loop leave in one write.
 */
import pg from 'pg'

const namesAtMost = 400

/** Shared by all connections of the process: the same text has the same name everywhere. */
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
  const name = `fj${names.size}`
  names.set(text, name)
  return name
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

  /** A write of its own for each statement would wake the server for each. */
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
