/** What one check of the doctor found, and what to do about it. */

export interface CheckResult {
  status: 'ok' | 'warning' | 'failed' | 'skipped'
  detail: string
  /** null when there is nothing to do. */
  remedy: string | null
}

export const ok = (detail: string): CheckResult => ({ status: 'ok', detail, remedy: null })
export const warn = (detail: string, remedy: string): CheckResult => ({ status: 'warning', detail, remedy })
export const fail = (detail: string, remedy: string): CheckResult => ({ status: 'failed', detail, remedy })
