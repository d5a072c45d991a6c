/** Decides which faults a submit gets: from the words in its input, the standing rules and the seeded random mode. */

import type { Random } from '../base/random.ts'
import { type FaultName, faultEntry, faultNames, isFaultName } from './catalogue.ts'
import type { FaultEntry } from './data/fault-entry.ts'
import type { FaultRule, RandomMode } from './fault-rule.ts'
import { type ActiveFault, RequestFaults } from './request-faults.ts'

export interface FaultPlan {
  /** The faults for one submit; `inputText` is the input's JSON. */
  attach(endpointId: string, inputText: string): RequestFaults
  add(rule: FaultRule): void
  rules(): readonly FaultRule[]
  /** Removes the standing rules and forgets the strikes that prompts have used up. */
  clear(): void
  /** Does what `clear` does, and resets the counts. */
  reset(): void
  /** Strikes so far, by name. */
  strikes(): Readonly<Record<string, number>>
}

/** The part of a script that concerns faults. */
interface PlannedFaults {
  readonly faults?: readonly FaultRule[]
  readonly random?: RandomMode
}

export function createFaultPlan(planned: PlannedFaults, random: Random): FaultPlan {
  let standing = (planned.faults ?? []).map(standingRule)
  const randomPool = poolOf(planned.random?.only)
  const rate = planned.random?.rate ?? 0
  const byInput = new Map<string, ActiveFault>()
  const counts = new Map<string, number>()
  const onStrike = (name: FaultName) => counts.set(name, (counts.get(name) ?? 0) + 1)

  const fromWords = (text: string) =>
    faultWords(text).map((word) => {
      if (faultEntry(word.name).where !== 'submit') return activate(word)
      const key = `${word.name} ${text}`
      const shared = byInput.get(key) ?? activate(word)
      byInput.set(key, shared)
      return shared
    })
  const fromRules = (endpointId: string, text: string) => {
    const matching = standing.filter(
      ({ rule, left }) =>
        left > 0 &&
        (rule.match?.endpoint ?? endpointId) === endpointId &&
        text.includes(JSON.stringify(rule.match?.prompt ?? '').slice(1, -1)),
    )
    for (const rule of matching) rule.left -= 1
    return matching.map(({ rule, name }) => activate({ name, value: rule.value, repeat: rule.repeat }))
  }
  const fromChance = () => {
    if (rate === 0 || random.next() >= rate) return []
    const name = randomPool[random.below(randomPool.length)]
    return name ? [activate({ name })] : []
  }

  const clear = () => {
    standing = []
    byInput.clear()
  }

  return {
    attach(endpointId, inputText) {
      const chosen = [...fromWords(inputText), ...fromRules(endpointId, inputText)]
      return new RequestFaults(chosen.length > 0 ? chosen : fromChance(), onStrike)
    },
    add: (rule) => standing.push(standingRule(rule)),
    rules: () => standing.filter(({ left }) => left > 0).map(({ rule }) => rule),
    clear,
    reset() {
      clear()
      counts.clear()
    },
    strikes: () => Object.fromEntries(counts),
  }
}

interface FaultWord {
  readonly name: FaultName
  readonly value?: string | number | undefined
  readonly repeat?: number | undefined
}

/** `[fault:name]`, `[fault:name=value]`, `[fault:name*3]`, `[fault:name=value*always]`. Unknown names are ignored. */
const wordPattern = /\[fault:([a-z0-9-]+)(?:=([^\]*]+))?(?:\*(\d+|always))?\]/g

export function faultWords(text: string): readonly FaultWord[] {
  return [...text.matchAll(wordPattern)].flatMap(([, name = '', value, repeat]) => {
    if (!isFaultName(name)) return []
    const times = repeat === 'always' ? Number.POSITIVE_INFINITY : repeat && Number(repeat)
    return [{ name, value, repeat: times || undefined }]
  })
}

function activate(word: FaultWord): ActiveFault {
  return { name: word.name, value: word.value, left: word.repeat ?? faultEntry(word.name).repeat }
}

function standingRule(rule: FaultRule) {
  if (!isFaultName(rule.fault)) throw new TypeError(`Unknown fault: ${rule.fault}`)
  return { rule, name: rule.fault, left: rule.times ?? Number.POSITIVE_INFINITY }
}

function poolOf(only: readonly string[] | undefined): readonly FaultName[] {
  if (only) return only.filter(isFaultName)
  return faultNames.filter((name) => {
    const entry: FaultEntry = faultEntry(name)
    return entry.survivable
  })
}
