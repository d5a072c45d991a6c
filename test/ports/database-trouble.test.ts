/** Every way for a database to be away is told as one, and nothing else is. */
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import t from 'tap'
import { toAppError } from '../../src/http/plugins/problems.ts'
import { type DatabaseTrouble, databaseTrouble } from '../../src/ports/database-trouble.ts'
import { plainFailure } from '../../src/process/plain-failure.ts'

const coded = (code: string, more: object = {}) =>
  Object.assign(new Error(`message of ${code}`), { code, ...more })

const table: Record<DatabaseTrouble, Error[]> = {
  unreachable: [
    ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'].map((code) =>
      coded(code),
    ),
    ...['ENOTFOUND', 'EAI_AGAIN'].map((code) => coded(code, { syscall: 'getaddrinfo' })),
    ...['ENOENT', 'EACCES'].map((code) => coded(code, { syscall: 'connect' })),
    ...['08006', '08P01', '57P01', '57P02', '57P03'].map((code) => coded(code)),
    ...[
      'Connection terminated unexpectedly',
      'Connection terminated due to connection timeout',
      'timeout expired',
      'timeout exceeded when trying to connect',
      'Client has encountered a connection error and is not queryable',
    ].map((text) => new Error(text)),
    Object.assign(new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')]), {
      code: 'ECONNREFUSED',
    }),
  ],
  denied: [
    ...['28P01', '28000', '3D000', 'SELF_SIGNED_CERT_IN_CHAIN', 'CERT_HAS_EXPIRED', 'EPROTO'].map((code) =>
      coded(code),
    ),
    ...[
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'ERR_SSL_WRONG_VERSION_NUMBER',
    ].map((code) => coded(code)),
    new Error('The server does not support SSL connections'),
  ],
  full: ['53100', '53200', '53300'].map((code) => coded(code)),
  read_only: [coded('25006')],
  contended: ['40001', '40P01', '55P03', '57014'].map((code) => coded(code)),
  statement_lost: ['26000', '42P05'].map((code) => coded(code)),
}

t.test(
  'each is named, answered with 503 and a time to come back, and told in one plain line at a start',
  async (t) => {
    for (const [trouble, errors] of Object.entries(table)) {
      for (const error of errors) {
        t.equal(databaseTrouble(error), trouble, `${error.message}`)
        t.match(
          toAppError(Object.assign(error, { name: 'Error' }) as Parameters<typeof toAppError>[0]),
          { code: 'UNAVAILABLE', retryable: true, retryAfterSeconds: 2 },
          error.message,
        )
        const failed = new Error('migration 0001 failed', { cause: error })
        t.match(
          plainFailure('migration failed', failed),
          /^migration failed: the database cannot be used \([^\n]+\n$/,
        )
      }
    }
  },
)

t.test('a socket that is not there is an outage, a file that is not there is a fault', async (t) => {
  const { promise, resolve } = Promise.withResolvers<Error>()
  connect('/nowhere/.s.PGSQL.5432').once('error', resolve)
  t.equal(databaseTrouble(await promise), 'unreachable')
  const ofFile = await readFile('/nowhere/file').catch((error: unknown) => error)
  t.equal(databaseTrouble(ofFile), null)
  for (const code of ['23505', '42P01', '22012', '42501']) t.equal(databaseTrouble(coded(code)), null, code)
  t.equal(databaseTrouble('ECONNREFUSED'), null)
})
