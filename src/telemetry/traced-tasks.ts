/** Traces: a job carries the trace of its create through its tasks, to FAL and to its callbacks. */
import { type Context, context, propagation, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Job } from '../domain/job.ts'
import type { CommittedChange } from '../ports/job-store.ts'
import { ofEachQueue, type TaskQueue } from '../ports/tasks.ts'
import type { TaskHandler } from '../worker/task-handler.ts'
import { withLogFields } from './log-context.ts'

const tracer = trace.getTracer('fal-jobs')

/** Shows a webhook in the trace of the job that it changed. */
export function traceDelivery(change: CommittedChange): void {
  if (change.type !== 'changed' || change.delivery === undefined) return
  const { job, delivery } = change
  const attributes = { 'job.id': job.id, 'fal.request_id': delivery.requestId }
  tracer
    .startSpan('webhook applied', { startTime: Date.now() - delivery.tookMs, attributes }, contextOf(job))
    .end()
}

/** Runs every task under its job's trace, and its log lines under its job's id. `traceOf`: asked only when traces are on. */
export function tracedHandlers(
  handlers: Record<TaskQueue, TaskHandler>,
  { enabled, traceOf }: { enabled: boolean; traceOf: (subject: string) => Promise<string | null> },
): Record<TaskQueue, TaskHandler> {
  const around = (queue: TaskQueue, handler: TaskHandler): TaskHandler => {
    return async (task) => {
      const fields = { task: queue, ...(task.subject.startsWith('job_') ? { jobId: task.subject } : {}) }
      if (!enabled) return withLogFields(fields, () => handler(task))
      const parent = contextOf({ traceparent: await traceOf(task.subject) })
      const attributes = { 'task.queue': queue, 'task.subject': task.subject, 'task.retry': task.retryCount }
      const span = tracer.startSpan(`task ${queue}`, { attributes }, parent)
      const run = () => withLogFields(fields, () => handler(task))
      try {
        await context.with(trace.setSpan(parent, span), run)
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : '' })
        throw error
      } finally {
        span.end()
      }
    }
  }
  return ofEachQueue((queue) => around(queue, handlers[queue]))
}

/** W3C form of the active trace; null when there is none. */
export function currentTraceparent(): string | null {
  const carrier: { traceparent?: string } = {}
  propagation.inject(context.active(), carrier)
  return carrier.traceparent ?? null
}

const contextOf = ({ traceparent }: Pick<Job, 'traceparent'>): Context =>
  traceparent === null ? context.active() : propagation.extract(context.active(), { traceparent })
