/**
 * Detects formats whose usual marks are ambiguous: images with a generic main brand, 3D models and drawings in text.
 */

/** ISO 14496-12, `ftyp`: after the main brand and its version come those that the file conforms to as well, four letters each. */
export function imageTypeOfBrands(head: Buffer): string | null {
  if (head.length < 16 || head.toString('latin1', 4, 8) !== 'ftyp') return null
  const end = Math.min(head.readUInt32BE(0), head.length)
  for (let at = 16; at + 4 <= end; at += 4) {
    const type = typeOfBrand[head.toString('latin1', at, at + 4)]
    if (type !== undefined) return type
  }
  return null
}

const typeOfBrand: Readonly<Record<string, string>> = {
  avif: 'image/avif',
  avis: 'image/avif',
  heic: 'image/heic',
  heix: 'image/heic',
  hevc: 'image/heic-sequence',
  hevx: 'image/heic-sequence',
}

/** Bound of the search for the root element. */
const textBytes = 4096

/** null for any other start. */
export function textTypeOf(head: Buffer): string | null {
  const start = head
    .toString('latin1', 0, Math.min(head.length, textBytes))
    .replace(/^\u00ef\u00bb\u00bf/, '')
  if (/^ply\r?\nformat (ascii|binary_)/.test(start)) return 'model/ply'
  return rootOf(start) === 'svg' ? 'image/svg+xml' : null
}

/** The name of the first element after the prolog, comments and a document type; null where there is none. */
function rootOf(text: string): string | null {
  let at = 0
  for (;;) {
    while (at < text.length && /\s/.test(text.charAt(at))) at += 1
    const skipped = prologParts.find(([begin]) => text.startsWith(begin, at))
    if (skipped === undefined) break
    const end = text.indexOf(skipped[1], at)
    if (end < 0) return null
    at = end + skipped[1].length
  }
  return /^<([a-z]+)[\s/>]/.exec(text.slice(at, at + 100))?.[1] ?? null
}

const prologParts = [
  ['<?', '?>'],
  ['<!--', '-->'],
  ['<!', '>'],
] as const
