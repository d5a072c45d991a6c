/** Fills the job tables by SQL: finished jobs with their events, and jobs in flight whose webhook may come. */
import type pg from 'pg'

export interface SeededJob {
  id: string
  requestId: string
  token: string
}

/** Makes `count` jobs that FAL has accepted; none is due for a look. */
export async function seedRunning(pool: pg.Pool, count: number, label: string): Promise<SeededJob[]> {
  const { rows } = await pool.query<{ id: string; request_id: string }>(
    `insert into job (${columns}, status, submission, request_id, submitted_at, next_poll_at, webhook_asked, event_seq)
     select gen_random_uuid(), ${common}, 'running', 'accepted', $1 || '-' || n, now(), now() + interval '1 hour', true, 3
     from generate_series(1, $2) n
     returning id, request_id`,
    [label, count],
  )
  await pool.query(
    `insert into job_event (job_id, seq, id, type, source, data, created_at)
     select id, s, gen_random_uuid(), (array['job.created', 'job.submitted', 'job.running'])[s], 'submit', '{}', now()
     from job, generate_series(1, 3) s where request_id like $1 || '-%'`,
    [label],
  )
  return rows.map((row) => ({ id: `job_${row.id}`, requestId: row.request_id, token: 'bench-token' }))
}

/** Makes `count` archived jobs with ten events each. Returns some of their ids. */
export async function seedFinished(pool: pg.Pool, count: number): Promise<string[]> {
  const ids: string[] = []
  const batch = 50_000
  for (let done = 0; done < count; done += batch) {
    const size = Math.min(batch, count - done)
    const { rows } = await pool.query<{ id: string }>(
      `with made as (
         insert into job (${columns}, status, submission, request_id, submitted_at, completed_at, progress, result, media, archive_status, archived_at, event_seq)
         select gen_random_uuid(), ${common}, 'completed', 'accepted', 'old-' || ($1 + n), now(), now(), 1,
           '{"images":[{"url":"https://v3b.fal.media/files/b/0a1b2c3d/x.png"}],"seed":42}',
           '[{"index":0,"path":"images[0]","kind":"image","sourceUrl":"https://v3b.fal.media/files/b/0a1b2c3d/x.png","contentType":"image/png","fileName":null,"bytes":1234,"width":1024,"height":768,"durationSeconds":null,"thumbnailUrl":null,"archive":{"key":"cli/2026/11/job/0-x.png","bytes":1234,"sha256":"00","contentType":"image/png","archivedAt":"2026-11-20T00:00:00.000Z","width":1024,"height":768,"durationSeconds":null}}]',
           'archived', now(), 10
         from generate_series(1, $2) n returning id),
       told as (
         insert into job_event (job_id, seq, id, type, source, data, created_at)
         select id, s, gen_random_uuid(), 'job.progress', 'poll', '{"progress":0.5,"queuePosition":null,"falStatus":"IN_PROGRESS"}', now()
         from made, generate_series(1, 10) s)
       select id from made limit 200`,
      [done, size],
    )
    ids.push(...rows.map((row) => `job_${row.id}`))
  }
  await pool.query('vacuum analyze job')
  await pool.query('vacuum analyze job_event')
  return ids
}

const columns = `id, client_id, model, endpoint_id, kind, promises_media, metadata, params, input, webhook_token,
  expected_seconds, estimated_micros, created_at, updated_at`

const common = `(select id from client where name = 'default'), 'flux-schnell', 'fal-ai/flux/schnell', 'image', true, '{}',
  '{"prompt":"a lighthouse in the fog","aspectRatio":"4:3","guidanceScale":3.5,"steps":4,"numOutputs":1}',
  '{"prompt":"a lighthouse in the fog","num_images":1}', 'bench-token', 6, 3000, now(), now()`
