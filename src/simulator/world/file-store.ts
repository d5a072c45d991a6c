/** The files of the simulated CDN, in memory: outputs of models and uploads, with their expiry, access and reads. */

import { createHash } from 'node:crypto'
import type { RequestFaults } from '../faults/request-faults.ts'

export type AccessDecision = 'allow' | 'forbid' | 'hide'

export interface StoredFile {
  /** Path on a CDN host, from `/files/`. */
  readonly path: string
  readonly bytes: Buffer
  readonly contentType: string
  readonly sha256: string
  readonly requestId: string | undefined
  readonly faults: RequestFaults
  /** Simulated ms; undefined = never. */
  readonly expiresAt: number | undefined
  access: AccessDecision
  reads: number
}

interface NewFile {
  readonly path: string
  readonly bytes: Buffer
  readonly contentType: string
  readonly faults: RequestFaults
  readonly requestId?: string
  readonly expiresAt?: number | undefined
  readonly access?: AccessDecision
}

export interface FileStore {
  put(file: NewFile): StoredFile
  get(path: string): StoredFile | undefined
  delete(path: string): boolean
  all(): readonly StoredFile[]
  clear(): void
}

export function createFileStore(): FileStore {
  const files = new Map<string, StoredFile>()
  return {
    put(file) {
      const stored: StoredFile = {
        path: file.path,
        bytes: file.bytes,
        contentType: file.contentType,
        sha256: createHash('sha256').update(file.bytes).digest('hex'),
        requestId: file.requestId,
        faults: file.faults,
        expiresAt: file.expiresAt,
        access: file.access ?? 'allow',
        reads: 0,
      }
      files.set(file.path, stored)
      return stored
    },
    get: (path) => files.get(path),
    delete: (path) => files.delete(path),
    all: () => [...files.values()],
    clear: () => files.clear(),
  }
}
