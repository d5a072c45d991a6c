/** The floors: the least a server of each kind must do on this machine, with Fastify and pg and nothing else. */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { promisify } from 'node:util'
import { fastify } from 'fastify'
import pg from 'pg'

const { DATABASE_URL = '', PORT = '0', JWK = '{}' } = process.env
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 })
const app = fastify({ logger: false })
const verifyAsync = promisify(verify)

await pool.query(
  'create table if not exists floor_row (id uuid primary key default gen_random_uuid(), data text not null)',
)

app.get('/healthz', async () => ({ status: 'ok' }))

/** Create: the body is read, as many bytes as a job's rows take are inserted in one transaction, an id is answered. */
const rowBytes = Number(process.env.ROW_BYTES ?? 2_000)
const filler = 'x'.repeat(rowBytes)
app.post('/create', async (request, reply) => {
  const data = JSON.stringify(request.body) + filler
  const client = await pool.connect()
  try {
    await client.query('begin')
    const { rows } = await client.query({
      name: 'floor-create',
      text: 'insert into floor_row (data) values ($1) returning id',
      values: [data],
    })
    await client.query('commit')
    return reply.code(202).send({ id: rows[0]?.id, status: 'pending' })
  } finally {
    client.release()
  }
})

/** Status: one primary-key select. */
app.get<{ Params: { id: string } }>('/row/:id', async (request) => {
  const { rows } = await pool.query({
    name: 'floor-row',
    text: 'select id, data from floor_row where id = $1',
    values: [request.params.id],
  })
  return rows[0]
})

/** Webhook: the signature is verified and one row inserted. */
const key: KeyObject | null = JWK === '{}' ? null : createPublicKey({ key: JSON.parse(JWK), format: 'jwk' })
app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) =>
  done(null, body),
)
app.post('/webhook', async (request, reply) => {
  const body = request.body as Buffer
  const h = request.headers
  const digest = createHash('sha256').update(body).digest('hex')
  const message = `${h['x-fal-webhook-request-id']}\n${h['x-fal-webhook-user-id']}\n${h['x-fal-webhook-timestamp']}\n${digest}`
  const signature = Buffer.from(String(h['x-fal-webhook-signature']), 'hex')
  if (key === null || !(await verifyAsync(null, Buffer.from(message), key, signature)))
    return reply.code(401).send()
  await pool.query({
    name: 'floor-webhook',
    text: 'insert into floor_row (data) values ($1)',
    values: [body.toString()],
  })
  return { received: true }
})

await app.listen({ port: Number(PORT), host: '127.0.0.1' })
process.once('SIGTERM', () => process.exit(0))
