/**
 * One pino logger: JSON in production, readable on a terminal; secrets are redacted from every line before it is
 * written.
 */
import { isValidTraceId, trace } from '@opentelemetry/api'
import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'
import pretty from 'pino-pretty'
import { logFields } from './log-context.ts'

export interface LoggerOptions {
  level: string
  /** Texts that must never be written: API keys, passwords, connection strings. What is added later counts too. */
  secrets: readonly (string | null)[]
  /** Where lines go; default: standard output, pretty on a terminal. */
  destination?: DestinationStream
}

const mask = '[secret]'

export function createLogger({ level, secrets, destination }: LoggerOptions): Logger {
  let known = secrets.length
  let hidden = hiddenOf(secrets)
  const out =
    destination ??
    (process.stdout.isTTY ? pretty({ colorize: true, ignore: 'pid,hostname' }) : process.stdout)
  const root: Logger = pino(
    {
      level,
      // A request's own logger names its request already.
      mixin: (_fields, _level, logger) => ({
        ...(logger === root ? logFields() : undefined),
        ...traceFields(),
      }),
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: [
          'req.headers.authorization',
          'req.headers.cookie',
          'headers.authorization',
          '*.authorization',
          'token',
        ],
        censor: mask,
      },
      serializers: { req: requestLine, res: answerLine },
    },
    {
      write(line: string) {
        if (secrets.length !== known) {
          known = secrets.length
          hidden = hiddenOf(secrets)
        }
        out.write(hidden.reduce((text, secret) => text.replaceAll(secret, mask), line))
      },
    },
  )
  return root
}

function traceFields(): { traceId: string } | undefined {
  const traceId = trace.getActiveSpan()?.spanContext().traceId
  return traceId === undefined || !isValidTraceId(traceId) ? undefined : { traceId }
}

const hiddenOf = (secrets: LoggerOptions['secrets']): string[] =>
  [...new Set(secrets)].filter((secret): secret is string => secret !== null && secret.length >= 4)

/** Where what was made is found: so the line of a create names its job. */
function answerLine(reply: { statusCode: number; getHeader?: (name: string) => unknown }) {
  const location = reply.getHeader?.('location')
  const isOurs = typeof location === 'string' && location.startsWith('/api/')
  return { statusCode: reply.statusCode, ...(isOurs ? { location } : {}) }
}

/** The query of a webhook or of a signed link holds a token: only its path is logged. */
function requestLine(request: { method: string; url: string; ip?: string }) {
  const [path = ''] = request.url.split('?', 1)
  return { method: request.method, path: path.startsWith('/files/') ? '/files/…' : path, ip: request.ip }
}
