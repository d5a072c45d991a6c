/** Unfinished uploads, single and multipart, from their initiation to the stored file. */

import { createHash } from 'node:crypto'
import type { AccessDecision } from './file-store.ts'

export interface Upload {
  readonly id: string
  /** Where the file will be on the CDN. */
  readonly path: string
  readonly contentType: string
  readonly expirySeconds: number
  readonly access: AccessDecision
  readonly parts: Map<number, Buffer>
}

export interface UploadStore {
  begin(upload: Omit<Upload, 'parts'>): Upload
  get(id: string): Upload | undefined
  end(id: string): void
  clear(): void
}

export function createUploadStore(): UploadStore {
  const uploads = new Map<string, Upload>()
  return {
    begin(upload) {
      const begun = { ...upload, parts: new Map<number, Buffer>() }
      uploads.set(upload.id, begun)
      return begun
    },
    get: (id) => uploads.get(id),
    end: (id) => uploads.delete(id),
    clear: () => uploads.clear(),
  }
}

export function etagOf(part: Buffer): string {
  return `"${createHash('md5').update(part).digest('hex')}"`
}
