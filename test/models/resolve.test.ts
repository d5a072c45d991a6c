/** What a `model` may be: alias, synonym, any endpoint id that is safe to put into a path; nothing else. */
import t from 'tap'
import { AppError } from '../../src/domain/errors.ts'
import { resolveModel } from '../../src/models/resolve.ts'

t.test('an alias, a synonym and an endpoint id mean the same entry', async (t) => {
  for (const name of ['flux-schnell', 'schnell', 'fal-ai/flux/schnell', 'Flux-Schnell']) {
    const model = resolveModel(name)
    t.match(model, { alias: 'flux-schnell', endpointId: 'fal-ai/flux/schnell', kind: 'image' }, name)
    t.ok(model.entry)
  }
})

t.test('an endpoint outside the catalogue is accepted, its kind unknown', async (t) => {
  for (const id of [
    'fal-ai/new-model',
    'workflows/me/mine',
    'comfy/me/mine',
    'bytedance/seedance-9.0/x',
    'a/b_c/d.e',
  ]) {
    t.same(resolveModel(id), { alias: null, endpointId: id, kind: 'unknown', entry: null, curated: null })
  }
})

t.test('an id that could leave its path on the queue host is refused', async (t) => {
  const unsafe = [
    'fal-ai/..',
    'fal-ai/../keys',
    '/fal-ai/flux',
    'fal-ai/flux/',
    'fal-ai//flux',
    'fal-ai/flux?x=1',
    'fal-ai/flux#x',
    'fal-ai/fl ux',
    'fal-ai/%2e%2e/x',
    'fal-ai\\x/y',
    'https://evil.example/x',
    'fal-ai/flux/requests/123/cancel',
    'fal-ai/a..b',
    `fal-ai/${'x'.repeat(300)}`,
    '/',
  ]
  for (const id of unsafe) t.match(refusalOf(id), { code: 'UNKNOWN_MODEL' }, id)
})

t.test('an unknown alias is refused with what is near', async (t) => {
  const near = (name: string) => refusalOf(name).errors[0]?.allowed ?? []
  t.ok(near('flux-schnel').includes('flux-schnell'))
  t.ok(near('kling').some((alias) => String(alias).startsWith('kling')))
  t.ok(near('veo-3.1-fast').includes('veo3-1-fast'))
  t.same(near('zzzzzzzzzzzz'), [])
  t.equal(refusalOf('nope').errors[0]?.pointer, '/model')
  t.match(refusalOf('').code, 'UNKNOWN_MODEL')
  t.match(refusalOf('x'.repeat(100_000)).code, 'UNKNOWN_MODEL', 'a huge name is refused quickly')
})

function refusalOf(name: string): AppError {
  try {
    resolveModel(name)
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error(`${name} was accepted`)
}
