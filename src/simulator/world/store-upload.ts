/** Turns the bytes of an upload into a file on the CDN: joins the parts and makes the name safe. */

import { isList, isObject, type Json } from '../base/json.ts'
import { noFaults } from '../faults/request-faults.ts'
import { etagOf, type Upload } from './upload-store.ts'
import type { World } from './world.ts'

/** The parts in the order of the list; undefined when an etag differs from the one that the part was given. */
export function joinParts(upload: Upload, body: Json | undefined): Buffer | undefined {
  const listed = isObject(body) && isList(body.parts) ? body.parts : []
  const parts = listed.map((entry) => {
    if (!isObject(entry)) return undefined
    const part = upload.parts.get(Number(entry.partNumber))
    return part && etagOf(part) === entry.etag ? part : undefined
  })
  const found = parts.filter((part) => part !== undefined)
  return found.length > 0 && found.length === parts.length ? Buffer.concat(found) : undefined
}

export function storeUpload(world: World, upload: Upload, bytes: Buffer): void {
  const { path, contentType, access, expirySeconds } = upload
  const expiresAt = expirySeconds > 0 ? world.clock.now() + expirySeconds * 1000 : undefined
  world.files.put({ path, bytes, contentType, access, expiresAt, faults: noFaults })
  world.uploads.end(upload.id)
}

export function safeName(name: string): string {
  return name.replace(/[^\w.-]+/g, '_').slice(-120) || 'file'
}
