/** What the documents show a newcomer is what happens: their sessions are run against the real service and compared. */
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { startBench, testKey } from '../support/service.ts'
import { differences, readSession, type Step } from './readme-session.ts'

for (const document of ['README.md', 'docs/tasks/curl.md'])
  t.test(`the session of ${document} gives the answers it shows`, (t) => runSession(t, document))

async function runSession(t: Test, document: string): Promise<void> {
  const bench = await startBench(t)
  const steps = readSession(document)
  t.ok(steps.length >= 4, `${steps.length} steps`)
  const known = new Map([
    ['$KEY', testKey],
    ['http://127.0.0.1:3000', bench.service.url],
  ])
  for (const step of steps) {
    const { answer, different } = await run(step, known)
    t.strictSame(different, [], step.command)
    const { id } = answer as { id?: string }
    if (id?.startsWith('job_')) known.set('$JOB', id)
  }
}

/** Once for a create; a read is repeated until it shows what the document shows, since a reader is slower than a test. */
async function run(
  step: Step,
  known: Map<string, string>,
): Promise<{ answer: unknown; different: string[] }> {
  const fill = (text: string) =>
    [...known].reduce((filled, [name, value]) => filled.replaceAll(name, value), text)
  const headers = Object.fromEntries(Object.entries(step.headers).map(([name, value]) => [name, fill(value)]))
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(fill(step.url), {
      method: step.method,
      headers,
      ...(step.body === undefined ? {} : { body: step.body }),
    })
    const answer: unknown = await response.json()
    const different = differences(step.expected, answer)
    if (different.length === 0 || step.method === 'POST' || attempt === 100) return { answer, different }
    await sleep(100)
  }
}
