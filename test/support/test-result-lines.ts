/** The last lines of a test run: how much of the core was covered, then how many assertions passed, failed or were skipped. */

/** From the raw TAP of a run: the last `# { total: 10, pass: 9, fail: 1 }`. */
export function resultLine(tapOutput: string): string {
  const totals = tapOutput.match(/^# \{ total: [^}]*\}/gm)?.at(-1)
  if (totals === undefined) return 'The test run ended without a result.'
  const count = (word: string) => Number(new RegExp(`${word}: (\\d+)`).exec(totals)?.[1] ?? 0)
  const skipped = count('skip') + count('todo')
  return `${count('pass')} passed, ${count('fail')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

/** From istanbul's `json-summary`. */
export function coverageLine(summary: string): string {
  if (summary === '') return 'The test run measured no coverage.'
  const { total } = JSON.parse(summary) as { total: Record<string, { pct: number }> }
  const measured = ['statements', 'branches', 'functions'].map((name) => `${total[name]?.pct} % of ${name}`)
  return `Coverage of the core (domain, models, jobs, concurrency) by its own tests: ${measured.join(', ')}`
}
