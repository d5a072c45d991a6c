/** Pages of a list, and the refusal of a cursor that no page gave; the form of a cursor is its list's own. */
import { AppError } from '../domain/errors.ts'

export interface Page<T> {
  data: T[]
  /** null: the list ends here. */
  nextCursor: string | null
}

export const wrongCursor = (pointer = '#/query/cursor'): AppError =>
  new AppError('INVALID_PARAMS', 'The cursor is not one that this service gave.', {
    errors: [{ pointer, message: 'Use nextCursor of the page before.', code: 'invalid_cursor' }],
  })
