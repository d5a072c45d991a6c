/** The order of a job's files: the model's main files first, then those of its kind, then the rest, each by path. */
import type { Job, Media } from '../job.ts'
import { comparePaths, type FoundMedia } from './media-of-result.ts'

/** What stands beside a main file, by its name. */
const beside = /(?:^|[._])(?:preview|thumbnail|poster|mask|cover)/

/** Numbers them anew. A file that stands at several places is named by its main one. */
export function inOrder(media: readonly FoundMedia[], job: Pick<Job, 'mainFile' | 'kind'>): Media[] {
  const isMain = mainPattern(job.mainFile)
  const named = media.map(({ alsoAt = [], ...file }) => ({
    ...file,
    path: [file.path, ...alsoAt].find((path) => isMain.test(path)) ?? file.path,
  }))
  const rank = ({ path, kind }: Media): number =>
    isMain.test(path) ? 0 : (kind === job.kind ? 1 : 3) + (beside.test(path) ? 1 : 0)
  return named
    .toSorted((a, b) => rank(a) - rank(b) || comparePaths(a.path, b.path))
    .map((file, index) => ({ ...file, index }))
}

/** `images[].url` stands for `images[0]`, `images[1]` …, where the object under it is the file, and for `images[0].url`. */
function mainPattern(mainFile: string | null): RegExp {
  if (mainFile === null) return /^(?!)/
  const place = mainFile
    .replace(/\.url$/, '')
    .split('[]')
    .map((part) => part.replace(/[.+*?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${place.join('\\[\\d+\\]')}(?:\\.url)?$`)
}
