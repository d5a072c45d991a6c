/**
 * Formats that their bytes do not distinguish, by the extension of their name: a zip of a known make, a text that is
 * a model.
 */

/** The container type that a sniffer reports for such a file. */
type Outside = 'zip' | 'text' | 'bytes'

const byExtension: Readonly<Record<string, { type: string; outside: Outside }>> = {
  '3mf': { type: 'model/3mf', outside: 'zip' },
  ckpt: { type: 'application/octet-stream', outside: 'zip' },
  docx: { type: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', outside: 'zip' },
  epub: { type: 'application/epub+zip', outside: 'zip' },
  kmz: { type: 'application/vnd.google-earth.kmz', outside: 'zip' },
  npz: { type: 'application/octet-stream', outside: 'zip' },
  pptx: { type: 'application/vnd.openxmlformats-officedocument.presentationml.presentation', outside: 'zip' },
  // Weights are archives by accident: called a zip, some browsers unpack them.
  pt: { type: 'application/octet-stream', outside: 'zip' },
  pth: { type: 'application/octet-stream', outside: 'zip' },
  usdz: { type: 'model/vnd.usdz+zip', outside: 'zip' },
  xlsx: { type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', outside: 'zip' },
  csv: { type: 'text/csv', outside: 'text' },
  gltf: { type: 'model/gltf+json', outside: 'text' },
  json: { type: 'application/json', outside: 'text' },
  mtl: { type: 'model/mtl', outside: 'text' },
  obj: { type: 'model/obj', outside: 'text' },
  srt: { type: 'application/x-subrip', outside: 'text' },
  svg: { type: 'image/svg+xml', outside: 'text' },
  vtt: { type: 'text/vtt', outside: 'text' },
  ply: { type: 'model/ply', outside: 'bytes' },
  stl: { type: 'model/stl', outside: 'bytes' },
}

const texts = new Set(['text/plain', 'application/xml', 'application/json'])

/**
 * The type that the name stands for, where it does not contradict what the bytes are (`real`; null: nothing known).
 */
export function typeByName(fileName: string | null, real: string | null): string | null {
  const known = entryOf(extensionOf(fileName))
  if (known === undefined) return null
  if (known.outside === 'zip') return real === 'application/zip' ? known.type : null
  if (real === null) return known.type
  return known.outside === 'text' && texts.has(real) ? known.type : null
}

/** Whether a name's extension says more than the type of its container, so that it is kept. In lower case. */
export const isDistinctiveExtension = (extension: string): boolean => entryOf(extension) !== undefined

const entryOf = (extension: string) =>
  Object.hasOwn(byExtension, extension) ? byExtension[extension] : undefined

const extensionOf = (fileName: string | null): string =>
  /\.([a-z0-9]{1,10})$/i.exec(fileName ?? '')?.[1]?.toLowerCase() ?? ''
