/** Two ways of doing the same, in alternation in one run, so that the machine's moods fall on both. */
import { type LoadResult, median } from './load.ts'

/** Two turns that ran within seconds of each other. */
interface Round {
  ours: LoadResult
  other: LoadResult
}

export interface Comparison {
  name: string
  rounds: Round[]
}

/** Of each, before anything is measured: code that is still being compiled is faster at every look. */
export const turnsToWarm = 2

/** Unmeasured turns of each, then `count` rounds of both, the order turned about each time. */
export async function alternate(
  name: string,
  count: number,
  runOurs: () => Promise<LoadResult>,
  runOther: () => Promise<LoadResult>,
): Promise<Comparison> {
  for (let turn = 0; turn < turnsToWarm; turn++) {
    await runOurs()
    await runOther()
  }
  const rounds: Round[] = []
  for (let n = 0; n < count; n++) {
    if (n % 2 === 0) {
      const other = await runOther()
      rounds.push({ other, ours: await runOurs() })
    } else {
      const ours = await runOurs()
      rounds.push({ ours, other: await runOther() })
    }
  }
  return { name, rounds }
}

/** One row: medians, spreads, the median of the rounds' own ratios (what the machine does between rounds falls out of it), and how long one request took. */
export function row({ name, rounds }: Comparison): string {
  const ours = rounds.map((round) => round.ours)
  const other = rounds.map((round) => round.other)
  const ratio = median(rounds.map((round) => round.ours.perSecond / round.other.perSecond))
  return `| ${name} | ${rate(ours)} | ${rate(other)} | ${ratio.toFixed(2)} | ${times(ours)} | ${times(other)} |`
}

export const headAgainst = (ours: string, other: string): string =>
  `| what | ${ours} | ${other} | ratio | ${ours}, p50 / p99 | ${other}, p50 / p99 |\n| --- | --- | --- | --- | --- | --- |`

/** Median and spread of the rounds. */
export function rate(results: readonly LoadResult[]): string {
  const rates = results.map(({ perSecond }) => perSecond)
  return `${Math.round(median(rates))}/s (${Math.round(Math.min(...rates))}–${Math.round(Math.max(...rates))})`
}

export function times(results: readonly LoadResult[]): string {
  const of = (name: 'p50Ms' | 'p99Ms') => median(results.map((result) => result[name])).toFixed(1)
  return `${of('p50Ms')} / ${of('p99Ms')} ms`
}
