/**
 * Metadata that a file system cannot store on the file itself (type, hash), in a small file beside it; used only
 * while it matches the file.
 */
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { isMissing } from './folder-errors.ts'

export interface ObjectMeta {
  contentType: string
  sha256: string
  bytes: number
  /** Modification time of the described file: a different one means a different file. */
  mtimeMs: number
}

/**
 * The stored metadata when it matches this file, else what the name implies. Metadata is written just before the
 * bytes, so a crash in between leaves an older file with newer metadata.
 */
export async function readMeta(
  path: string,
  file: { size: number; mtimeMs: number },
): Promise<{ contentType: string; sha256: string | null }> {
  const meta = parseMeta(await readIfThere(path))
  if (meta !== null && meta.bytes === file.size && Math.trunc(meta.mtimeMs) === Math.trunc(file.mtimeMs)) {
    return { contentType: meta.contentType, sha256: meta.sha256 }
  }
  return { contentType: typeOfName(path.slice(0, -'.json'.length)), sha256: null }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

function parseMeta(text: string | null): ObjectMeta | null {
  if (text === null) return null
  const value: unknown = parseJson(text)
  if (typeof value !== 'object' || value === null) return null
  if (!('contentType' in value) || typeof value.contentType !== 'string') return null
  if (!('sha256' in value) || typeof value.sha256 !== 'string') return null
  if (!('bytes' in value) || typeof value.bytes !== 'number') return null
  if (!('mtimeMs' in value) || typeof value.mtimeMs !== 'number') return null
  return { contentType: value.contentType, sha256: value.sha256, bytes: value.bytes, mtimeMs: value.mtimeMs }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null // damaged metadata counts as missing: the name still gives the type
  }
}

const typesByExtension: Readonly<Record<string, string>> = {
  '.gif': 'image/gif',
  '.glb': 'model/gltf-binary',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.json': 'application/json',
  '.mov': 'video/quicktime',
  '.mp3': 'audio/mpeg',
  '.mp4': 'video/mp4',
  '.png': 'image/png',
  '.txt': 'text/plain',
  '.wav': 'audio/wav',
  '.webm': 'video/webm',
  '.webp': 'image/webp',
  '.zip': 'application/zip',
}

const typeOfName = (name: string): string =>
  typesByExtension[extname(name).toLowerCase()] ?? 'application/octet-stream'
