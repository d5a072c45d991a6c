/**
 * Answers what no route sees as a problem document: requests that Node cannot parse or that took too long, expectations, and
 * bodies in a content coding.
 */
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { AppError } from '../../domain/errors.ts'
import { problemBody } from './problems.ts'

/** What Node's parser reports, as the status that says so. Everything else is a 400. */
const statusOfParserError: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
}

const textOfStatus: Readonly<Record<number, string>> = {
  400: 'The request is not valid HTTP.',
  408: 'The request was not received in time.',
  417: 'Expect takes 100-continue only.',
  431: 'The headers are larger than 16 KB together.',
}

/** For Fastify's option `clientErrorHandler`; `idOf` makes the request id, since no request exists. */
export function answerParserError(idOf: () => string) {
  return (error: Error & { code?: string }, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || socket.destroyed) return
    const status = statusOfParserError[error.code ?? ''] ?? 400
    const id = idOf()
    const body = bodyOf(status, id)
    if (socket.writable)
      socket.write(
        [
          `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
          'content-type: application/problem+json',
          `content-length: ${Buffer.byteLength(body)}`,
          `x-request-id: ${id}`,
          'connection: close',
          '',
          body,
        ].join('\r\n'),
      )
    socket.destroySoon()
  }
}

/** Node answers an unknown expectation with an empty 417. */
export function refuseExpectations(server: Server, idOf: () => string): void {
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const id = idOf()
    response.writeHead(417, {
      'content-type': 'application/problem+json',
      'x-request-id': id,
      connection: 'close',
    })
    response.end(bodyOf(417, id))
  })
}

function bodyOf(status: number, id: string): string {
  const problem = new AppError('MALFORMED_BODY', textOfStatus[status] ?? 'The request could not be read.')
  return JSON.stringify({ ...problemBody(problem, id), status })
}

/** No coding is undone: a compressed body could be any size, and would be read as broken JSON. */
export async function refuseCodings({ headers }: Pick<FastifyRequest, 'headers'>): Promise<void> {
  const coding = headers['content-encoding']
  if (coding === undefined || /^\s*identity\s*$/i.test(coding)) return
  throw new AppError(
    'UNSUPPORTED_MEDIA_TYPE',
    `Send the body without a content coding; "${coding.slice(0, 50)}" is not taken.`,
  )
}
