/**
 * The result of a job as its views show it: a file that FAL answered inside it (`data:`) is named by its archived copy's
 * link, and where a view must stay small also before it is archived.
 */
import { parseExact } from '../../domain/exact-json.ts'
import type { Job, Media } from '../../domain/job.ts'
import { describeDataUris, replaceTexts } from '../../domain/media/data-uris.ts'
import { inlineFiles } from '../../domain/media/media-of-result.ts'

/** `whole`: a `data:` URI without an archived copy is shown, since it stands nowhere else; `brief`: described. */
export type ResultForm = 'whole' | 'brief'

export function shownResult(
  { result, media }: Pick<Job, 'result' | 'media'>,
  linkOf: (media: Media) => string | null,
  form: ResultForm,
): unknown {
  if (result === null) return null
  const parsed = parseExact(result)
  if (!result.includes('data:')) return parsed
  const linked = withLinks(parsed, media, linkOf)
  return form === 'whole' ? linked : describeDataUris(linked)
}

function withLinks(parsed: unknown, media: readonly Media[], linkOf: (media: Media) => string | null) {
  const archived = media.filter((file) => file.sourceUrl === null && file.archive !== null)
  if (archived.length === 0) return parsed
  const inline = inlineFiles(parsed)
  const links = new Map<string, string>()
  for (const file of archived) {
    const uri = inline.get(file.path)
    const link = linkOf(file)
    if (uri !== undefined && link !== null) links.set(uri, link)
  }
  return replaceTexts(parsed, (text) => links.get(text) ?? text)
}
