/** Two ways of doing the same, in alternation in one run, so that the machine's moods fall on both. */
import { type LoadResult, median } from './load.ts'

export interface Comparison {
  name: string
  ours: LoadResult[]
  other: LoadResult[]
}

/** One unmeasured turn each, then `rounds` of both, the order turned about each time. */
export async function alternate(
  name: string,
  rounds: number,
  ours: () => Promise<LoadResult>,
  other: () => Promise<LoadResult>,
): Promise<Comparison> {
  await ours()
  await other()
  const comparison: Comparison = { name, ours: [], other: [] }
  const measureOurs = async () => comparison.ours.push(await ours())
  const measureOther = async () => comparison.other.push(await other())
  for (let round = 0; round < rounds; round++) {
    const [first, second] = round % 2 === 0 ? [measureOther, measureOurs] : [measureOurs, measureOther]
    await first()
    await second()
  }
  return comparison
}

/** One row: medians, spreads, the ratio of the medians, and how long one request took. */
export function row({ name, ours, other }: Comparison): string {
  const ratio = median(ours.map(perSecond)) / median(other.map(perSecond))
  return `| ${name} | ${rate(ours)} | ${rate(other)} | ${ratio.toFixed(2)} | ${times(ours)} | ${times(other)} |`
}

export const headAgainst = (ours: string, other: string): string =>
  `| what | ${ours} | ${other} | ratio | ${ours}, p50 / p99 | ${other}, p50 / p99 |\n| --- | --- | --- | --- | --- | --- |`

const perSecond = (result: LoadResult): number => result.perSecond

/** Median and spread of the rounds. */
export function rate(results: readonly LoadResult[]): string {
  const rates = results.map(perSecond)
  return `${Math.round(median(rates))}/s (${Math.round(Math.min(...rates))}–${Math.round(Math.max(...rates))})`
}

export function times(results: readonly LoadResult[]): string {
  const of = (name: 'p50Ms' | 'p99Ms') => median(results.map((result) => result[name])).toFixed(1)
  return `${of('p50Ms')} / ${of('p99Ms')} ms`
}
