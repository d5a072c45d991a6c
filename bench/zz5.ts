import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { openMachine, apiKey } from './setting.ts'
const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' }
const now = () => performance.timeOrigin + performance.now()
const agent = new Agent({ connections: null, pipelining: 1 })
const machine = await openMachine()
const s = await machine.setting('stages')
const svc = await s.service(Object.fromEntries((process.argv[2] ?? '').split(',').filter(Boolean).map(x => x.split('='))))
const med = (xs: number[]) => { const y = xs.filter(Number.isFinite).sort((a, b) => a - b); return `${y[y.length >> 1]?.toFixed(0)}/${y[Math.floor(y.length * .99)]?.toFixed(0)}` }
async function round(perSecond: number, jobs: number) {
  const group = `st ${Math.random()}`
  const begun = performance.now()
  const all: Promise<any>[] = []
  for (let n = 0; n < jobs; n++) {
    const due = begun + n * 1000 / perSecond - performance.now()
    if (due > 0) await sleep(due)
    all.push((async () => {
      const prompt = `${group} ${n} [fault:slow=${(0.3 + Math.random()).toFixed(3)}]`
      const asked = now()
      const { body } = await request(`${svc.url}/api/jobs`, { dispatcher: agent, method: 'POST', headers, body: JSON.stringify({ model: 'flux-schnell', prompt }) })
      const { id } = await body.json() as any
      const answered = now()
      const sse = await request(`${svc.url}/api/jobs/${id}/events`, { dispatcher: agent, headers: { ...headers, accept: 'text/event-stream' } })
      const opened = now()
      let text = '', knew = 0
      for await (const c of sse.body) { text += Buffer.from(c).toString(); if (text.includes('event: job.completed')) { knew = now(); break } }
      return { prompt, id, asked, answered, opened, knew }
    })())
  }
  const seen = await Promise.all(all)
  const reqs = await s.simulator.admin.requests(`${group} `)
  const { rows } = await s.pool.query(`select 'job_' || j.id as id, extract(epoch from completed_at)*1000 as done, extract(epoch from d.received_at)*1000 as got from job j left join webhook_delivery d on d.job_id = j.id where j.created_at > now() - interval '60 s'`)
  const by = new Map(rows.map((r: any) => [r.id, r]))
  const xs = seen.map(x => ({ ...x, ...reqs.get(x.prompt)!, ...by.get(x.id) as any }))
  console.log('create', med(xs.map(x => x.answered - x.asked)), 'open', med(xs.map(x => x.opened - x.answered)), 'submitted', med(xs.map(x => x.sentAt - x.asked)), 'fal took', med(xs.map(x => x.endedAt - x.sentAt)), 'ended→completedAt', med(xs.map(x => Number(x.done) - x.endedAt)), 'ended→received', med(xs.map(x => Number(x.got) - x.endedAt)), 'completedAt→knew', med(xs.map(x => x.knew - Number(x.done))), 'known', med(xs.map(x => x.knew - x.endedAt)))
}
await round(20, 40)
for (let i = 0; i < 1; i++) { await round(200, 1000); await sleep(3000) }
await machine.close()
