/**
 * A model as FAL describes it today with what its curated entry adds: the document gives fields, limits and defaults, the
 * entry names, roles, price and what the service insists on.
 */
import type {
  BriefEntry,
  KnownModel,
  ModelEntry,
  Parameter,
  ParamName,
  SizeRule,
} from '../catalogue/entry.ts'
import { checkParameter } from '../values/check-value.ts'
import { createFindings, inputPlace } from '../values/findings.ts'

export function withCurated(described: KnownModel, curated: ModelEntry | BriefEntry): KnownModel {
  const { alias, synonyms, title, family, kind, task, price, notes, availability, successor } = curated
  const added = {
    alias,
    synonyms,
    title,
    family,
    kind,
    task,
    availability: described.availability === 'retired' ? described.availability : availability,
    ...(successor === undefined ? {} : { successor }),
    price,
    ...(notes === undefined ? {} : { notes }),
  }
  if (!('parameters' in curated)) {
    const always = curated.always ?? {}
    const parameters = described.parameters.map((own) => insisting(own, always[own.field]))
    return { ...described, ...added, parameters }
  }
  const parameters = mergedParameters(described, curated)
  const fields = new Set(parameters.map(({ field }) => field))
  const constraints = curated.constraints?.filter((constraint) =>
    ('oneOf' in constraint ? constraint.oneOf : [constraint.field, ...Object.keys(constraint.when)]).every(
      (field) => fields.has(field),
    ),
  )
  return {
    ...described,
    ...added,
    parameters,
    output: curated.output,
    ...(constraints === undefined ? {} : { constraints }),
    ...(curated.frameRate === undefined ? {} : { frameRate: curated.frameRate }),
  }
}

/** The entry's names have priority: a field that FAL added gets one only when the entry leaves it free. */
function mergedParameters(described: KnownModel, curated: ModelEntry): Parameter[] {
  const byField = new Map(curated.parameters.map((parameter) => [parameter.field, parameter]))
  const fields = new Set(described.parameters.map(({ field }) => field))
  const taken = new Set<ParamName>(
    curated.parameters.flatMap(({ field, param }) =>
      param !== undefined && fields.has(field) ? [param] : [],
    ),
  )
  return described.parameters.map((own) => {
    const entry = byField.get(own.field)
    if (entry !== undefined) return insisting(withRole(own, entry), entry.always)
    if (own.param === undefined || !taken.has(own.param)) return own
    const { param: _, encoding: __, ...unnamed } = own
    return unnamed
  })
}

/** If the type still matches the entry, the entry's role is used; else the role that the document suggests. */
function withRole(own: Parameter, entry: Parameter): Parameter {
  const isSame = own.type === entry.type
  const { param, encoding, ...rule } = own
  const role = isSame ? entry : own
  const named = {
    ...rule,
    ...(role.param === undefined ? {} : { param: role.param }),
    ...(role.encoding === undefined ? {} : { encoding: role.encoding }),
  }
  if (named.type === 'size' && entry.type === 'size') return { ...named, ...areaOf(entry, named) }
  const isFile = named.type === 'string' && entry.type === 'string' && entry.media !== undefined
  return isFile && named.media === undefined ? { ...named, media: entry.media } : named
}

/** FAL states the area of a size in prose, seldom in the document. */
function areaOf(entry: SizeRule, own: SizeRule): Pick<SizeRule, 'minPixels' | 'maxPixels'> {
  const minPixels = own.minPixels ?? entry.minPixels
  const maxPixels = own.maxPixels ?? entry.maxPixels
  return {
    ...(minPixels === undefined ? {} : { minPixels }),
    ...(maxPixels === undefined ? {} : { maxPixels }),
  }
}

/** What the service sends itself is sent only while FAL takes it. */
function insisting(own: Parameter, always: Parameter['always']): Parameter {
  if (always === undefined) return own
  const findings = createFindings()
  const isTaken = checkParameter(own, always, inputPlace(own.field), findings) !== null
  return isTaken && findings.warnings.length === 0 ? { ...own, always } : own
}
