/** What one check of the doctor found, and what to do about it. */

export interface Finding {
  status: 'ok' | 'warning' | 'failed' | 'skipped'
  detail: string
  /** null when there is nothing to do. */
  remedy: string | null
}

export const ok = (detail: string): Finding => ({ status: 'ok', detail, remedy: null })
export const warn = (detail: string, remedy: string): Finding => ({ status: 'warning', detail, remedy })
export const fail = (detail: string, remedy: string): Finding => ({ status: 'failed', detail, remedy })
