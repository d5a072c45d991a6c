/** Signed links to archived files: the holder of a link may read that file until it expires, without an API key. */
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../../domain/errors.ts'
import { isInlineSafe } from '../../domain/media/media-type.ts'
import type { ArchiveStore } from '../../ports/archive-store.ts'
import { isKnownTo, rangeOf } from '../requests/conditional-request.ts'

/** The content of a verified link. */
export interface SignedFile {
  key: string
  expiresAt: number
  contentType: string
  fileName: string
  inline: boolean
}

export interface FileRoutesDeps {
  archive: Pick<ArchiveStore, 'get' | 'head' | 'signedUrl'>
  verifyLink: (
    token: string,
  ) => { type: 'valid'; link: SignedFile } | { type: 'expired' } | { type: 'forged' }
  disposition: (fileName: string, inline: boolean) => string
}

const redirectLife = { expiresInSeconds: 300, sameForSeconds: 300 }

export async function fileRoutes(app: FastifyInstance, deps: FileRoutesDeps): Promise<void> {
  app.get<{ Params: { token: string } }>(
    '/files/:token',
    { schema: { hide: true } as object },
    async (request, reply) => {
      const link = verified(deps.verifyLink(request.params.token))
      const inline = link.inline && isInlineSafe(link.contentType)
      const method = request.method === 'HEAD' ? 'HEAD' : 'GET'
      const elsewhere = await deps.archive.signedUrl(link.key, { ...link, ...redirectLife, method, inline })
      // Do not cache the redirect: it is signed for one method only. The file itself is cached.
      if (elsewhere !== null)
        return reply.header('cache-control', 'private, no-cache').redirect(elsewhere, 302)
      const head = await deps.archive.head(link.key)
      if (head === null) throw new AppError('NOT_FOUND', 'The file is no longer in the archive.')
      const etag = head.sha256 === null ? null : `"${head.sha256}"`
      reply
        .header('accept-ranges', 'bytes')
        .header('cache-control', 'private, max-age=3600, immutable')
        .header('x-content-type-options', 'nosniff')
        .header('content-security-policy', "default-src 'none'; sandbox")
        .header('content-disposition', deps.disposition(link.fileName, inline))
      if (etag !== null) reply.header('etag', etag)
      if (isKnownTo(request.headers['if-none-match'], etag)) return reply.code(304).send()
      reply.type(link.contentType)
      return sendBytes(request, reply, { key: link.key, size: head.bytes, etag }, deps.archive)
    },
  )
}

function verified(verdict: ReturnType<FileRoutesDeps['verifyLink']>): SignedFile {
  if (verdict.type === 'valid') return verdict.link
  throw new AppError(
    'FORBIDDEN',
    verdict.type === 'expired'
      ? 'The link has expired; get a new one from the job.'
      : 'The link is not valid.',
  )
}

async function sendBytes(
  request: FastifyRequest,
  reply: FastifyReply,
  { key, size, etag }: { key: string; size: number; etag: string | null },
  archive: Pick<ArchiveStore, 'get'>,
): Promise<FastifyReply> {
  const range = rangeOf(request.headers, { size, etag })
  if (range === 'unsatisfiable') {
    return reply.code(416).header('content-range', `bytes */${size}`).send()
  }
  if (range !== null) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${size}`)
  reply.header('content-length', range === null ? size : range.end - range.start + 1)
  // An empty stream: otherwise Fastify would replace the content length by 0.
  if (request.method === 'HEAD') return reply.send(Readable.from([]))
  return reply.send((await archive.get(key, range ?? undefined)).body)
}
