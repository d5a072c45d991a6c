/** The port of the log: what use cases write of a structured logger. */

/** The part of a structured logger that use cases use. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
