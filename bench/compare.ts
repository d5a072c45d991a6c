/** Ours against the floor, in alternation in one run, so that the machine's moods fall on both. */
import { type LoadResult, median } from './load.ts'

export interface Comparison {
  name: string
  ours: LoadResult[]
  floor: LoadResult[]
}

export async function alternate(
  name: string,
  rounds: number,
  ours: () => Promise<LoadResult>,
  floor: () => Promise<LoadResult>,
): Promise<Comparison> {
  await ours()
  await floor()
  const comparison: Comparison = { name, ours: [], floor: [] }
  for (let round = 0; round < rounds; round++) {
    comparison.floor.push(await floor())
    comparison.ours.push(await ours())
  }
  return comparison
}

/** One row: medians, spread of ours, ratio of the medians. */
export function row({ name, ours, floor }: Comparison): string {
  const rate = (results: LoadResult[]) => median(results.map((result) => result.perSecond))
  const [a, b] = [rate(ours), rate(floor)]
  const rates = ours.map((result) => result.perSecond)
  const spread = `${Math.round(Math.min(...rates))}–${Math.round(Math.max(...rates))}`
  const p50 = median(ours.map((result) => result.p50Ms)).toFixed(1)
  const p99 = median(ours.map((result) => result.p99Ms)).toFixed(1)
  return `| ${name} | ${Math.round(a)}/s (${spread}) | ${Math.round(b)}/s | ${(a / b).toFixed(2)} | ${p50} / ${p99} ms |`
}

export const head =
  '| what | ours (spread) | floor | ratio | ours p50 / p99 |\n| --- | --- | --- | --- | --- |'
