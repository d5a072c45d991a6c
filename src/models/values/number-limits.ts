/** Brings a number into what a model accepts: clamped to its range, then snapped to its step or nearest listed value. */
import type { NumberRule } from '../catalogue/entry.ts'

/** The nearest acceptable number, and why it differs from `value`; `reason` is null when it does not. */
export function normalizeNumber(rule: NumberRule, value: number): { value: number; reason: string | null } {
  const normalized = rule.allowed === undefined ? withinRange(rule, value) : nearest(rule.allowed, value)
  return { value: normalized, reason: normalized === value ? null : reasonFor(rule, value) }
}

/** The closest of `allowed`; between two equally close the lower, which never costs more than was asked. */
export function nearest(allowed: readonly number[], value: number): number {
  return allowed.reduce((best, candidate) => {
    const gain = Math.abs(best - value) - Math.abs(candidate - value)
    return gain > 0 || (gain === 0 && candidate < best) ? candidate : best
  }, allowed[0] ?? value)
}

/** `1 to 20`, `above 1, up to 10`, `at least 4`, `below 2`; null without limits. */
export function describeRange(rule: NumberRule): string | null {
  const low = rule.above === undefined ? rule.min : undefined
  const high = rule.below === undefined ? rule.max : undefined
  if (low !== undefined && high !== undefined) return `${low} to ${high}`
  const parts = [
    ...(rule.above === undefined ? [] : [`above ${rule.above}`]),
    ...(low === undefined ? [] : [`at least ${low}`]),
    ...(high === undefined ? [] : [`up to ${high}`]),
    ...(rule.below === undefined ? [] : [`below ${rule.below}`]),
  ]
  return parts.length === 0 ? null : parts.join(', ')
}

/** The lowest acceptable number. An open bound of a fraction is stood in for by a hundredth above it. */
function lowest(rule: NumberRule): number {
  const aboveOpenBound =
    rule.above === undefined ? -Infinity : rule.above + (rule.type === 'integer' ? 1 : 0.01)
  return Math.max(rule.min ?? -Infinity, aboveOpenBound)
}

/** The highest acceptable number, likewise. */
function highest(rule: NumberRule): number {
  const belowOpenBound =
    rule.below === undefined ? Infinity : rule.below - (rule.type === 'integer' ? 1 : 0.01)
  return Math.min(rule.max ?? Infinity, belowOpenBound)
}

function withinRange(rule: NumberRule, value: number): number {
  const { above = -Infinity, below = Infinity } = rule
  const low = value > above ? (rule.min ?? -Infinity) : lowest(rule)
  const high = value < below ? (rule.max ?? Infinity) : highest(rule)
  const clamped = Math.min(Math.max(value, low), high)
  const step = rule.step ?? rule.multipleOf ?? (rule.type === 'integer' ? 1 : undefined)
  if (step === undefined) return clamped
  const origin = rule.step !== undefined && rule.min !== undefined ? rule.min : 0
  const snapped = tidy(origin + Math.round((clamped - origin) / step) * step)
  if (snapped > high || snapped >= below) return tidy(snapped - step)
  return snapped < low || snapped <= above ? tidy(snapped + step) : snapped
}

/** Cuts the noise of binary fractions and the minus of zero; whole numbers of any size stay exact. */
function tidy(value: number): number {
  return Number.isInteger(value) ? value + 0 : Number(value.toFixed(9))
}

function reasonFor(rule: NumberRule, value: number): string {
  if (rule.allowed !== undefined) return `nearest of ${rule.allowed.join(', ')}`
  const outside = value < lowest(rule) || value > highest(rule)
  if (outside) return `the model takes ${describeRange(rule)}`
  if (rule.multipleOf !== undefined) return `the model takes multiples of ${rule.multipleOf}`
  return rule.step === undefined ? 'the model takes whole numbers' : `the model takes steps of ${rule.step}`
}
