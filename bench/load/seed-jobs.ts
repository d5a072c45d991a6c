/** Fills the tables by SQL, through all indexes and constraints: finished jobs with their events and deliveries, and jobs in flight. */
import type pg from 'pg'

export interface SeededJob {
  id: string
  requestId: string
  token: string
}

/** Makes `count` jobs that FAL has accepted; none is due for a look within the hour. */
export async function seedRunning(pool: pg.Pool, count: number, label: string): Promise<SeededJob[]> {
  const { rows } = await pool.query<{ id: string; request_id: string }>(
    `with made as (
       insert into job (${columns}, created_at, updated_at, status, submission, request_id, submitted_at, started_at,
         next_poll_at, webhook_asked, status_url, event_seq, version)
       select uuidv7(), ${common}, now(), now(), 'running', 'accepted', $1 || '-' || n, now(), now(),
         now() + interval '1 hour' + n * interval '1 millisecond', true, 'https://queue.fal.run/fal-ai/flux/requests/' || n, 3, 3
       from generate_series(1, $2) n
       returning id, request_id),
     told as (
       insert into job_event (job_id, seq, id, type, source, data, created_at)
       select id, s, uuidv7(), (array['job.created', 'job.submitted', 'job.running'])[s], 'submit', '{}', now()
       from made, generate_series(1, 3) s)
     select id, request_id from made`,
    [label, count],
  )
  return rows.map((row) => ({ id: `job_${row.id}`, requestId: row.request_id, token: 'bench-token' }))
}

/**
 * Makes `count` archived jobs of the last 30 days with ten events each, FAL's deliveries, and the keys of the last two
 * days. Returns ids of jobs of all ages, up to a thousand of each ten thousand. Two connections, since one would leave half of the machine idle.
 */
export async function seedFinished(pool: pg.Pool, count: number): Promise<string[]> {
  const ids: string[] = []
  const batch = 10_000
  let begun = 0
  const worker = async () => {
    while (begun < count) {
      const first = begun
      begun += batch
      ids.push(...(await seedBatch(pool, first, Math.min(batch, count - first), count)))
    }
  }
  await Promise.all(count > batch ? [worker(), worker()] : [worker()])
  return ids
}

/** What a database that has run for a while has done by itself. */
export async function settleTables(pool: pg.Pool): Promise<void> {
  await pool.query('vacuum (analyze)')
  await pool.query('checkpoint')
}

async function seedBatch(pool: pg.Pool, first: number, size: number, count: number): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `with aged as (
       select n, now() - interval '30 days' * (1 - ($1 + n)::float8 / $3) as at from generate_series(1, $2) n),
     made as (
       insert into job (${columns}, created_at, updated_at, status, submission, request_id, submitted_at, started_at,
         completed_at, progress, result, media, archive_status, archived_at, event_seq, version, fal_user_id)
       select uuidv7(at - now()), ${common}, at, at, 'completed', 'accepted', 'old-' || ($1 + n), at, at,
         at + interval '2 seconds', 1,
         '{"images":[{"url":"https://v3b.fal.media/files/b/0a1b2c3d/x.png","content_type":"image/png","width":1024,"height":768}],"seed":42,"has_nsfw_concepts":[false],"prompt":"a lighthouse in the fog"}',
         '[{"index":0,"path":"images[0]","kind":"image","sourceUrl":"https://v3b.fal.media/files/b/0a1b2c3d/x.png","contentType":"image/png","fileName":null,"bytes":1234,"width":1024,"height":768,"durationSeconds":null,"thumbnailUrl":null,"archive":{"key":"cli/2026/11/job/0-x.png","bytes":1234,"sha256":"00","contentType":"image/png","archivedAt":"2026-11-20T00:00:00.000Z","width":1024,"height":768,"durationSeconds":null}}]',
         'archived', at + interval '3 seconds', 10, 10, 'user_simulator'
       from aged returning id, request_id, created_at),
     told as (
       insert into job_event (job_id, seq, id, type, source, data, created_at)
       select id, s, uuidv7(created_at - now()), 'job.progress', 'poll',
         '{"progress":0.5,"queuePosition":null,"falStatus":"IN_PROGRESS"}', created_at
       from made, generate_series(1, 10) s),
     delivered as (
       insert into webhook_delivery (id, request_id, fal_user_id, job_id, body, body_hash, sent_at, received_at, state)
       select uuidv7(created_at - now()), request_id, 'user_simulator', id, ${delivery},
         sha256(convert_to(request_id, 'UTF8')), created_at, created_at, 'applied'
       from made),
     keyed as (
       insert into idempotency (client_id, key, request_hash, status, body, job_id, created_at)
       select (select id from client where name = 'default'), 'seed-' || request_id, sha256('x'), 202, '{"id":"' || id || '"}', id, created_at
       from made where created_at > now() - interval '2 days')
     select id from made order by random() limit 1000`,
    [first, size, count],
  )
  return rows.map((row) => `job_${row.id}`)
}

const columns = `id, client_id, model, endpoint_id, kind, promises_media, metadata, params, input, webhook_token,
  expected_seconds, estimated_micros`

const common = `(select id from client where name = 'default'), 'flux-schnell', 'fal-ai/flux/schnell', 'image', true, '{}',
  '{"prompt":"a lighthouse in the fog","aspectRatio":"4:3","guidanceScale":3.5,"steps":4,"numOutputs":1}',
  '{"prompt":"a lighthouse in the fog","num_images":1}', 'bench-token', 6, 3000`

const delivery = `convert_to('{"error":null,"gateway_request_id":"' || request_id || '","payload":{"images":[{"url":"https://v3b.fal.media/files/b/0a1b2c3d/x.png"}],"seed":42},"status":"OK"}', 'UTF8')`
