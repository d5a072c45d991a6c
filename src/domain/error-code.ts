/** The code that Node, drivers and SDKs put on an error: `ENOENT`, a SQLSTATE, `UND_ERR_SOCKET`. */

/** null: there is none, or it is no text. */
export function errorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null
  return typeof error.code === 'string' ? error.code : null
}
