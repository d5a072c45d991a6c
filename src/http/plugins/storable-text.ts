/**
 * Text that PostgreSQL cannot store (U+0000, lone surrogates) and too deeply nested JSON are refused at the edge with
 * a pointer, instead of failing later.
 */
import type { FastifyInstance } from 'fastify'
import { AppError, type FieldError } from '../../domain/errors.ts'

/** Deeper than any model's input, and far below the recursion limit. */
const mostLevels = 64
const mostErrors = 20

/** Checks the parsed body, the query and the path of every request of this scope before their schemas do; such a path names nothing. */
export function refuseUnstorableText(app: FastifyInstance): void {
  app.addHook('preValidation', (request, _reply, done) => {
    if (faultsIn(request.params, '#/path').length > 0) return done(new AppError('NOT_FOUND', 'Not found.'))
    const { body, querystring } = request.routeOptions.schema ?? {}
    const errors = [
      ...(body === undefined || Buffer.isBuffer(request.body) ? [] : faultsIn(request.body, '')),
      // Fields that a route does not read are not checked.
      ...(querystring === undefined ? [] : faultsIn(request.query, '#/query')),
    ]
    const [first] = errors
    done(first === undefined ? undefined : new AppError('INVALID_PARAMS', first.message, { errors }))
  })
}

/** Faults of the strings and keys in `value`; pointers begin with `root`. At most 20. */
function faultsIn(value: unknown, root: string): FieldError[] {
  const errors: FieldError[] = []
  const left: { value: unknown; pointer: string; level: number }[] = [{ value, pointer: root, level: 0 }]
  for (let next = left.pop(); next !== undefined && errors.length < mostErrors; next = left.pop()) {
    const { pointer, level } = next
    if (typeof next.value === 'string') {
      if (!isStorable(next.value)) errors.push({ pointer, message: unstorable, code: 'unstorable_text' })
      continue
    }
    if (typeof next.value !== 'object' || next.value === null) continue
    if (level >= mostLevels) {
      errors.push({
        pointer,
        message: `This is nested more than ${mostLevels} levels deep.`,
        code: 'too_deep',
      })
      continue
    }
    for (const [key, child] of Object.entries(next.value)) {
      const at = `${pointer}/${key.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')}`
      if (!isStorable(key)) errors.push({ pointer: at, message: unstorable, code: 'unstorable_text' })
      else if (typeof child === 'string' || typeof child === 'object') {
        left.push({ value: child, pointer: at, level: level + 1 })
      }
    }
  }
  return errors
}

const unstorable = 'The text contains a NUL character or an unpaired surrogate. Remove it.'

const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed()
