/**
 * Models given to the simulator as FAL's documents: their names and prices, their answers, and the validation of
 * their inputs by a JSON Schema validator on the document itself.
 */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import { isList, isObject, type Json, type JsonObject, parseJson } from '../base/json.ts'
import type { ModelErrorDetail } from '../errors/model-errors.ts'
import type { GivenModel } from '../world/given-model.ts'
import type { World } from '../world/world.ts'
import { findModel } from './catalogue.ts'
import type { Counted, MediaKind, ModelEntry } from './data/model-entry.ts'
import { modelOpenapi } from './model-openapi.ts'

/** The model behind an endpoint: the simulator's own with what was given of it, else as the given document describes it. */
export function modelIn(world: World, endpointId: string): ModelEntry | undefined {
  const own = findModel(endpointId)
  const given = world.models.get(endpointId)
  if (given === undefined) return own
  const { unitPrice, unit } = given
  if (own === undefined) return entryOf(given)
  return {
    ...own,
    price: { ...own.price, ...(unit && { unit }), ...(unitPrice !== undefined && { amount: unitPrice }) },
  }
}

/** The OpenAPI document of an endpoint; undefined: it has no document. */
export function documentIn(world: World, endpointId: string): JsonObject | undefined {
  const given = world.models.get(endpointId)
  if (given?.openapi !== undefined) return memberOf(documentOf(given))
  const own = findModel(endpointId)
  return own && modelOpenapi(own)
}

/** FAL's 422 for an input that the given document refuses; undefined when there is no document to go by. */
export function checkByDocument(
  world: World,
  endpointId: string,
  input: Json,
): ModelErrorDetail[] | undefined {
  const given = world.models.get(endpointId)
  if (given?.openapi === undefined) return undefined
  const validate = validators.get(given) ?? compile(given)
  validators.set(given, validate)
  // Validators know no bigint: a number of that size is one all the same.
  if (validate(JSON.parse(JSON.stringify(input, asNumber)))) return []
  return (validate.errors ?? []).slice(0, 20).map((error) => detailOf(error, input))
}

const asNumber = (_key: string, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)
const validators = new WeakMap<GivenModel, ValidateFunction>()

function compile(given: GivenModel): ValidateFunction {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, multipleOfPrecision: 6, allErrors: true })
  const schemas = schemasOf(given)
  return ajv.compile({ ...inputOf(given), components: { schemas } })
}

function detailOf(
  { instancePath, keyword, message = '', params }: ErrorObject,
  input: Json,
): ModelErrorDetail {
  const path = instancePath.split('/').slice(1)
  const missing: unknown = params.missingProperty
  if (keyword === 'required' && typeof missing === 'string') {
    return { loc: ['body', ...path, missing], msg: 'Field required', type: 'missing', input }
  }
  return { loc: ['body', ...path], msg: `Input ${message}`, type: `${keyword}_error`, input }
}

function entryOf(given: GivenModel): ModelEntry {
  const files = Object.entries(propertiesOf(outputOf(given), given)).flatMap(([name, schema]) =>
    fileOf(name, schema, given),
  )
  const others = Object.keys(propertiesOf(outputOf(given), given))
  const main = files[0] ?? { name: 'images', list: true, members: ['url', 'content_type'] }
  const properties = propertiesOf(inputOf(given), given)
  return {
    id: given.endpointId,
    title: given.title ?? given.endpointId,
    kind: kindOf(main.name),
    task: given.category ?? 'text-to-image',
    input: Object.entries(properties).map(([name, schema]) => ({
      name,
      type: [],
      ...(isObject(schema) &&
        schema.default !== undefined &&
        schema.default !== null && { default: schema.default }),
    })),
    output: {
      field: main.name,
      list: main.list,
      fileFields: main.members,
      alsoFields: others.filter((name) => name !== main.name),
    },
    price: { unit: given.unit ?? 'units', amount: given.unitPrice ?? 0.01, counts: countedBy(given.unit) },
  }
}

function fileOf(name: string, schema: Json, given: GivenModel) {
  const own = plain(schema, given)
  const items = isObject(own) && own.type === 'array' ? plain(own.items ?? null, given) : undefined
  const members = Object.keys(propertiesOf(items ?? own, given))
  return members.includes('url') ? [{ name, list: items !== undefined, members }] : []
}

function kindOf(field: string): MediaKind {
  if (/video/.test(field)) return 'video'
  return /audio|speech|music/.test(field) ? 'audio' : 'image'
}

function countedBy(unit: string | undefined): Counted {
  if (/image/i.test(unit ?? '')) return 'images'
  if (/megapixel/i.test(unit ?? '')) return 'megapixels'
  if (/character/i.test(unit ?? '')) return 'thousandCharacters'
  return /^seconds?$/i.test(unit ?? '') ? 'seconds' : 'runs'
}

/** Through `$ref`, and through `anyOf` with null. */
function plain(schema: Json, given: GivenModel, depth = 0): Json {
  if (!isObject(schema) || depth > 8) return null
  if (typeof schema.$ref === 'string') {
    return plain(schemasOf(given)[schema.$ref.replace('#/components/schemas/', '')] ?? null, given, depth + 1)
  }
  const branch = isList(schema.anyOf)
    ? schema.anyOf.find((one) => isObject(one) && one.type !== 'null')
    : undefined
  return branch === undefined ? schema : plain(branch, given, depth + 1)
}

function propertiesOf(schema: Json, given: GivenModel): JsonObject {
  const own = plain(schema, given)
  return isObject(own) && isObject(own.properties) ? own.properties : {}
}

/** Each is asked for many times over: for every schema of it, in every page of a list. */
function documentOf(given: GivenModel): Json {
  const document = documents.get(given) ?? parseJson(JSON.stringify(given.openapi ?? {}))
  documents.set(given, document)
  return document
}

const documents = new WeakMap<GivenModel, Json>()
const schemasOf = (given: GivenModel): JsonObject => memberOf(documentOf(given), 'components', 'schemas')
const inputOf = (given: GivenModel): JsonObject =>
  memberOf(documentOf(given), 'paths', `/${given.endpointId}`, 'post', 'requestBody', ...bodySchema)
const outputOf = (given: GivenModel): JsonObject =>
  memberOf(
    documentOf(given),
    'paths',
    `/${given.endpointId}/requests/{request_id}`,
    'get',
    'responses',
    '200',
    ...bodySchema,
  )
const bodySchema = ['content', 'application/json', 'schema']

function memberOf(value: Json, ...path: readonly string[]): JsonObject {
  const found = path.reduce<Json | undefined>(
    (member, name) => (isObject(member) ? member[name] : undefined),
    value,
  )
  return isObject(found) ? found : {}
}
