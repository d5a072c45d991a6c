/** Declares metrics of one registry: the prefix of their names, what they mean, their labels and where values come from. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

export type DeclareMetrics = ReturnType<typeof declaringIn>

export function declaringIn(registry: Registry) {
  const registers = [registry]
  return {
    /** `zeros`: label values that are shown from the start; without them an increase from nothing hides from rate(). */
    counter<L extends string>(name: string, help: string, labelNames: L[], zeros: Record<L, string>[] = []) {
      const counter = new Counter({ name: named(name), help, labelNames, registers })
      for (const labels of zeros) counter.inc(labels, 0)
      return counter
    },
    histogram<L extends string>(name: string, help: string, labelNames: L[], buckets: number[]) {
      return new Histogram({ name: named(name), help, labelNames, buckets, registers })
    },
    /** Resolves to what shows new readings in all of them. */
    gauges<Readings>(table: readonly GaugeOf<Readings>[]): (readings: Readings) => void {
      const gauges = table.map(({ name, help, labels, values }) => ({
        gauge: new Gauge({ name: named(name), help, labelNames: labels, registers }),
        values,
      }))
      return (readings) => {
        for (const { gauge, values } of gauges) show(gauge, values(readings))
      }
    },
  }
}

/** A gauge that is set from what was read for a scrape. */
export interface GaugeOf<Readings> {
  name: string
  help: string
  labels: string[]
  /** All that it shows from now on; of values with the same labels the last one counts. */
  values: (readings: Readings) => GaugeValue[]
}

export type GaugeValue = [labels: Record<string, string>, value: number]

function show(gauge: Gauge, values: readonly GaugeValue[]): void {
  gauge.reset()
  // A reset gauge without labels is 0, which is not what nothing means.
  if (values.length === 0) gauge.remove()
  for (const [labels, value] of values) gauge.set(labels, value)
}

const named = (name: string): string => `fal_jobs_${name}`
