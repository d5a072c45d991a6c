/** The parameters of an endpoint that is nearly another: what the catalogue says of it is what differs. */
import type { Parameter } from './entry.ts'

export interface Differences {
  /** Fields that the sibling does not take. */
  readonly without?: readonly string[]
  /** Fields that it takes in another form, at the same place. */
  readonly changed?: readonly Parameter[]
  /** Fields of its own, each list before the field named. */
  readonly before?: Readonly<Record<string, readonly Parameter[]>>
  /** Fields of its own at the end. */
  readonly added?: readonly Parameter[]
}

/** The order of the parameters is the one they are shown in. @throws Error when a difference names no field of `parameters`. */
export function siblingParameters(
  parameters: readonly Parameter[],
  { without = [], changed = [], before = {}, added = [] }: Differences,
): readonly Parameter[] {
  for (const name of [...without, ...changed.map(({ field }) => field), ...Object.keys(before)])
    if (!parameters.some(({ field }) => field === name)) throw new Error(`no parameter is called ${name}`)
  const own = parameters.flatMap((parameter) => [
    ...(before[parameter.field] ?? []),
    ...(without.includes(parameter.field)
      ? []
      : [changed.find(({ field }) => field === parameter.field) ?? parameter]),
  ])
  return [...own, ...added]
}
