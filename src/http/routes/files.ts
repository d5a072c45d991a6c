/** Signed links to archived files: whoever holds one may read that file until it expires, without an API key. */
import type { FastifyInstance } from 'fastify'
import { AppError } from '../../domain/errors.ts'
import type { ArchiveStore } from '../../jobs/ports.ts'

/** What a link says, once its signature was found good. */
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

/** Only types that a browser shows without running anything in them. */
const inlineTypes = /^(image\/(png|jpeg|webp|gif|avif)|video\/|audio\/)/

export async function fileRoutes(app: FastifyInstance, deps: FileRoutesDeps): Promise<void> {
  app.get<{ Params: { token: string } }>(
    '/files/:token',
    { schema: { hide: true } as object },
    async (request, reply) => {
      const verdict = deps.verifyLink(request.params.token)
      if (verdict.type !== 'valid') {
        const text =
          verdict.type === 'expired'
            ? 'The link has expired; get a new one from the job.'
            : 'The link is not valid.'
        throw new AppError('FORBIDDEN', text)
      }
      const { link } = verdict
      const elsewhere = await deps.archive.signedUrl(link.key, { ...link, expiresInSeconds: 300 })
      if (elsewhere !== null)
        return reply.header('cache-control', 'private, max-age=240').redirect(elsewhere, 302)
      const head = await deps.archive.head(link.key)
      if (head === null) throw new AppError('NOT_FOUND', 'The file is no longer in the archive.')
      const range = rangeOf(request.headers.range, head.bytes)
      reply
        .header('accept-ranges', 'bytes')
        .header('cache-control', 'private, max-age=3600, immutable')
        .header('x-content-type-options', 'nosniff')
        .header('content-security-policy', "default-src 'none'; sandbox")
        .header(
          'content-disposition',
          deps.disposition(link.fileName, link.inline && inlineTypes.test(link.contentType)),
        )
        .type(link.contentType)
      if (range === 'unsatisfiable') {
        return reply.code(416).header('content-range', `bytes */${head.bytes}`).send()
      }
      if (range !== null) {
        const { start, end } = range
        reply.code(206).header('content-range', `bytes ${start}-${end}/${head.bytes}`)
        reply.header('content-length', end - start + 1)
        if (request.method === 'HEAD') return reply.send()
        return reply.send((await deps.archive.get(link.key, range)).body)
      }
      reply.header('content-length', head.bytes)
      if (request.method === 'HEAD') return reply.send()
      return reply.send((await deps.archive.get(link.key)).body)
    },
  )
}

/** One range of RFC 9110; several at once are answered whole, as the RFC allows. */
function rangeOf(
  header: string | undefined,
  size: number,
): { start: number; end: number } | 'unsatisfiable' | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (match === null) return null
  const [, first = '', last = ''] = match
  if (first === '' && last === '') return null
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  return start > end || start >= size ? 'unsatisfiable' : { start, end }
}
