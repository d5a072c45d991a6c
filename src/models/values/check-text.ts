/**
 * Holds a text against what FAL accepts there: its length in code points, its listed values, its pattern, and whether it
 * is the address of a file. Invariant: the time is linear in the text, whatever pattern FAL publishes.
 */
import { RE2JS } from 're2js'
import { isDataUri } from '../../domain/media/data-uris.ts'
import type { TextRule } from '../catalogue/entry.ts'
import { assetProblem } from './asset-url.ts'
import { type Findings, type Place, placeWithin, refuse, warn } from './findings.ts'

/** @returns the text to send, or null when it was refused. */
export function checkText(
  rule: TextRule,
  value: string,
  at: Place,
  findings: Findings,
): { readonly value: string } | null {
  const problem = rule.media === undefined ? null : assetProblem(value, rule.media)
  if (problem !== null) return refuse(findings, at, problem.code, problem.message)
  if (rule.allowed !== undefined && rule.open !== true) return checkListed(rule.allowed, value, at, findings)
  const isFile = rule.media !== undefined
  if (!isFile && isLonger(value, rule.maxLength ?? usualMaxLength)) {
    return tooLong(at, rule.maxLength ?? usualMaxLength, findings)
  }
  if (rule.minLength !== undefined && isShorter(value, rule.minLength)) {
    return refuse(findings, at, 'too_short', `Must have at least ${rule.minLength} characters.`)
  }
  if (!fitsPattern(rule, value)) {
    return refuse(findings, at, 'bad_format', `Must match the pattern ${rule.pattern}`)
  }
  return { value }
}

/** Of a free text for which FAL publishes no limit. */
const usualMaxLength = 32_000

const tooLong = (at: Place, most: number, findings: Findings): null =>
  refuse(findings, at, 'too_long', `Must have at most ${most} characters.`)

const isLonger = (text: string, most: number): boolean => text.length > most && characters(text) > most

/** Whether every text in a value that nothing is known of keeps the usual limit. Files in it may be of any length. */
export function checkFreeTexts(value: unknown, at: Place, findings: Findings): boolean {
  if (typeof value === 'string') {
    const isFree = !isDataUri(value) && isLonger(value, usualMaxLength)
    return !isFree || tooLong(at, usualMaxLength, findings) !== null
  }
  if (typeof value !== 'object' || value === null) return true
  const members = Object.entries(value)
  return members.map(([key, member]) => checkFreeTexts(member, placeWithin(at, key), findings)).every(Boolean)
}

/** One of a list; a difference in case is corrected to the listed value, with a warning. */
export function checkListed(
  allowed: readonly string[],
  value: string,
  at: Place,
  findings: Findings,
): { readonly value: string } | null {
  if (allowed.includes(value)) return { value }
  const spelled = allowed.find((known) => known.toLowerCase() === value.toLowerCase())
  if (spelled === undefined) {
    return refuse(findings, at, 'not_allowed', `Must be one of ${allowed.join(', ')}.`, allowed)
  }
  warn(findings, at, value, spelled, 'the model spells it so')
  return { value: spelled }
}

/** Characters as FAL's validator counts them: code points. */
function characters(text: string): number {
  return [...text].length
}

/** A code point takes one or two units, so a long text needs no count. */
function isShorter(text: string, least: number): boolean {
  return text.length < least * 2 && characters(text) < least
}

/** Whether the engine knows every construct of the pattern; one that it does not know is left to FAL. */
export function isUsablePattern(pattern: string): boolean {
  return pattern.length <= longestPattern && compile(pattern) !== null
}

const longestPattern = 1_000
/** Matching takes about 2 µs a character at worst; what is longer is left to FAL. */
const longestText = 20_000
const compiled = new WeakMap<TextRule, RE2JS | null>()

function fitsPattern(rule: TextRule, text: string): boolean {
  if (rule.pattern === undefined || text.length > longestText) return true
  const known = compiled.get(rule)
  const pattern = known === undefined ? compile(rule.pattern) : known
  if (known === undefined) compiled.set(rule, pattern)
  return pattern?.matcher(text).find() ?? true
}

function compile(pattern: string): RE2JS | null {
  try {
    return RE2JS.compile(pattern)
  } catch {
    // A construct that cannot be matched in linear time (look-around, back-reference), or no pattern at all.
    return null
  }
}
