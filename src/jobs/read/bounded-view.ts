/**
 * Views of a job that stay small: in a list, and in a callback, which usual receivers refuse above 100 kB. What is left
 * out is named in `omitted`.
 */
import type { Job } from '../../domain/job.ts'
import { type JobView, type Links, type Omitted, viewJob } from './job-view.ts'

/** A callback's body is at most 64 KB: this is the job in it. */
const mostCallbackBytes = 63 * 1024
/** Of a text that a callback keeps when it has to leave something out. */
const mostTextBytes = 1_000

/** As a page of jobs shows it: files inside its result are described, not repeated. */
export const viewListed = (job: Job, links: Links, now: number): JobView => viewJob(job, links, now, 'brief')

/** As a callback carries it: at most 64 KB. Left out, as far as needed: the result, long texts, files. */
export function viewForCallback(job: Job, links: Links, now: number): JobView {
  const view = viewJob(withoutLargeResult(job), links, now, 'brief')
  return [
    withoutResultAbove(mostCallbackBytes),
    withoutLongTexts,
    withoutResultAbove(0),
    withFewerFiles,
  ].reduce((smaller, step) => (bytesOf(smaller) <= mostCallbackBytes ? smaller : step(smaller)), view)
}

/** A result that no description of its files can make small is not even parsed. */
function withoutLargeResult(job: Job): Job {
  const { result } = job
  if (result === null || result.length <= mostCallbackBytes || result.includes('"data:')) return job
  return { ...job, omittedResultBytes: Buffer.byteLength(result) }
}

const withoutResultAbove =
  (mostBytes: number) =>
  (view: JobView): JobView => {
    const bytes = view.result === null ? 0 : bytesOf(view.result)
    return bytes <= mostBytes
      ? view
      : { ...view, result: null, omitted: [...view.omitted, omittedResult(bytes)] }
  }

/** Long texts of the request, and FAL's reasons when they are long. */
function withoutLongTexts(view: JobView): JobView {
  const omitted = [...view.omitted]
  const params = Object.fromEntries(
    Object.entries(view.params).filter(([name, value]) => {
      const bytes = bytesOf(value)
      if (bytes > mostTextBytes) omitted.push({ pointer: `/params/${escaped(name)}`, bytes })
      return bytes <= mostTextBytes
    }),
  )
  const isShort = bytesOf(view.warnings) <= mostTextBytes
  if (!isShort) omitted.push({ pointer: '/warnings', bytes: bytesOf(view.warnings) })
  return { ...view, params, warnings: isShort ? view.warnings : [], ...shortError(view, omitted), omitted }
}

function shortError({ error }: JobView, omitted: Omitted[]): Pick<JobView, 'error'> {
  if (error === null || bytesOf(error.details) <= mostTextBytes) return { error }
  omitted.push({ pointer: '/error/details', bytes: bytesOf(error.details) })
  return { error: { ...error, details: null } }
}

/** The first files, as many as there is room for. */
function withFewerFiles(view: JobView): JobView {
  const room = mostCallbackBytes - bytesOf({ ...view, media: [] }) - mostTextBytes
  let bytes = 0
  const media = view.media.filter((file) => {
    bytes += bytesOf(file) + 1
    return bytes <= room
  })
  return { ...view, media, omitted: [...view.omitted, { pointer: '/media', bytes: bytesOf(view.media) }] }
}

const omittedResult = (bytes: number): Omitted => ({ pointer: '/result', bytes })

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))

/** A name as a step of a JSON Pointer. */
const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')
