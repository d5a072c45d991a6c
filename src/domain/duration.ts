/** Seconds in FAL's encodings: the one place that reads and writes them, for the catalogue's parameters and for prices. */

/**
 * How FAL takes a duration that is no plain number of seconds: `seconds+s` 8 → "8s"; `seconds-text` 5 → "5";
 * `frames` seconds × fps + 1 → num_frames; `frames-text` a count of frames as one of a few strings; `milliseconds` 5 →
 * 5000.
 */
export type DurationEncoding = 'seconds+s' | 'seconds-text' | 'frames' | 'frames-text' | 'milliseconds'

/** Seconds of `5`, `"5"` and `"8s"`; undefined for anything else, such as `"auto"`. */
export function readSeconds(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  const match = typeof value === 'string' ? secondsText.exec(value) : null
  return match === null ? undefined : Number(match[1])
}

/** The encoding that a text of seconds is in; null when it is none. */
export function encodingOfText(value: unknown): 'seconds+s' | 'seconds-text' | null {
  const match = typeof value === 'string' ? secondsText.exec(value) : null
  if (match === null) return null
  return match[2] === 's' ? 'seconds+s' : 'seconds-text'
}

const secondsText = /^(\d+(?:\.\d+)?)(s?)$/

/** `"8s"` or `"5"`. */
export function writeSeconds(seconds: number, suffixed: boolean): string {
  return `${seconds}${suffixed ? 's' : ''}`
}

/** The encoding `milliseconds`. */
export const milliseconds = {
  write: (seconds: number): number => seconds * 1000,
  read: (count: number): number => count / 1000,
}

/** Seconds that so many frames last. */
export const secondsOfFrames = (frames: number, perSecond: number): number => frames / perSecond

/** The encoding `frames`: the first frame stands at second 0. The count may be a fraction: the caller rounds it. */
export const frameCount = {
  write: (seconds: number, perSecond: number): number => seconds * perSecond + 1,
  read: (frames: number, perSecond: number): number => secondsOfFrames(frames - 1, perSecond),
}

/** The encoding `frames-text`: seconds to the hundredth; undefined when the text is no number. */
export function readFramesText(frames: string, perSecond: number): number | undefined {
  const seconds = Math.round(secondsOfFrames(Number(frames), perSecond) * 100) / 100
  return Number.isFinite(seconds) ? seconds : undefined
}
