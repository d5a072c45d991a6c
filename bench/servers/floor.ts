/** The floors: the least a server of each kind must do on this machine, with Fastify and pg and nothing else. */
import { createHash, createPublicKey, type KeyObject, randomBytes, verify } from 'node:crypto'
import { promisify } from 'node:util'
import { fastify } from 'fastify'
import pg from 'pg'

const { DATABASE_URL = '', PORT = '0', JWK = '{}', ROW_BYTES = '2000' } = process.env
// As many connections as the service has.
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 })
const app = fastify({ logger: false })
const verifyAsync = promisify(verify)

await pool.query(
  'create table if not exists floor_row (id uuid primary key default uuidv7(), data text not null)',
)
// In the row itself: a floor that wrote a second table for long values would be no floor.
await pool.query('alter table floor_row alter data set storage main')

app.get('/healthz', async () => ({ status: 'ok' }))

/** Create: the body is read, as many bytes as ours leaves in its tables are inserted in one transaction, an id is answered. */
const filler = randomBytes(Math.ceil((Number(ROW_BYTES) * 3) / 4)).toString('base64')
app.post('/create', async (request, reply) => {
  const body = JSON.stringify(request.body)
  const client = await pool.connect()
  try {
    await client.query('begin')
    const { rows } = await client.query({
      name: 'floor-create',
      text: 'insert into floor_row (data) values ($1) returning id',
      values: [body + filler.slice(body.length)],
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

/** List: one select of a page along the primary key. */
app.get('/rows', async () => {
  const { rows } = await pool.query({
    name: 'floor-rows',
    text: 'select id, data from floor_row order by id desc limit 50',
  })
  return { data: rows }
})

/** Webhook: the signature is verified and one row inserted. */
const key: KeyObject | null = JWK === '{}' ? null : createPublicKey({ key: JSON.parse(JWK), format: 'jwk' })
app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) =>
  done(null, body),
)
app.post('/webhook', async (request, reply) => {
  const { body, headers } = request
  if (!Buffer.isBuffer(body)) return reply.code(400).send()
  const digest = createHash('sha256').update(body).digest('hex')
  const message = `${headers['x-fal-webhook-request-id']}\n${headers['x-fal-webhook-user-id']}\n${headers['x-fal-webhook-timestamp']}\n${digest}`
  const signature = Buffer.from(String(headers['x-fal-webhook-signature']), 'hex')
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
