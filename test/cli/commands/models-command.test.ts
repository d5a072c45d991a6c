/** `fal-jobs models` as an operator runs it: lists, shows, checks, compares and pins, with exit codes to build on. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { openapiOf } from '../../models/document/own-documents.ts'
import { plainNode } from '../../support/plain-node.ts'
import { startBench } from '../../support/service.ts'

const file = pathToFileURL(join(import.meta.dirname, '../../../src/cli/commands/models-command.ts')).href
const script = `import(${JSON.stringify(file)}).then(({ run }) => run(process.argv.slice(1))).then((code) => { process.exitCode = code })`
const endpointId = 'studio/new-model'

const documentOf = (seconds: string[]) =>
  openapiOf({
    endpointId,
    input: {
      type: 'object',
      properties: { prompt: { type: 'string' }, duration: { type: 'string', enum: seconds } },
      required: ['prompt'],
    },
  })

t.test('models are listed, shown, checked, compared and pinned', async (t) => {
  const bench = await startBench(t)
  const models = (...args: string[]) => {
    const env = { ...bench.environment, PATH: process.env.PATH }
    return new Promise<{ code: number; out: string; err: string }>((resolve) => {
      const child = execFile(...plainNode(['-e', script, '--', ...args]), { env }, (_error, out, err) =>
        resolve({ code: child.exitCode ?? -1, out, err }),
      )
    })
  }
  const { admin } = bench.simulator
  admin.giveModel({ endpointId, openapi: documentOf(['5']), unitPrice: 0.1, unit: 'seconds' })

  const [listed, shown, unknown, usage] = await Promise.all([
    models('list', 'kling', 'v3', '--kind', 'video'),
    models('show', endpointId),
    models('show', 'flux-dex'),
    models('show'),
  ])
  t.match(listed, { code: 0, out: /kling-v3-pro/ }, listed.err)
  t.match(shown, { code: 0, out: /version 1 of FAL's document[\s\S]*durationSeconds +duration/ }, shown.err)
  t.match(unknown, { code: 1, err: /Did you mean flux-dev/ })
  t.match(usage, { code: 2, err: /takes one alias or endpoint id/ })

  t.match(await models('check', endpointId), { code: 0, out: /1 models checked, 0 differences/ })
  admin.giveModel({ endpointId, openapi: documentOf(['5', '10']), unitPrice: 0.2, unit: 'seconds' })
  const checked = await models('check', endpointId)
  t.equal(checked.code, 1, checked.err)
  t.match(
    checked.out,
    /\/input\/properties\/duration\/enum: \["5"\] → \["5","10"\]|duration\/enum: \["5"\] → \["5","10"\]/,
  )
  t.match(checked.out, /unitPriceMicros: 100000 → 200000/)

  const pinned = await models('pin', endpointId)
  t.match(pinned, { code: 0, out: /stays at version 1/ }, pinned.err)
  const synced = await models('sync', '--documents', '--json')
  t.match(JSON.parse(synced.out), { trouble: null }, synced.err)
  t.match(await models('show', endpointId, '--json'), { code: 0, out: /"version": 1/ }, 'pinned')
  const compared = await models('diff', endpointId)
  t.match(compared, { code: 0, out: /version 1 .* → 2[\s\S]*duration\/enum/ }, compared.err)
  t.match(await models('pin', endpointId, '--release'), { code: 0, out: /follows FAL again from version 2/ })
  t.match(await models('pin', endpointId, '--version', '9'), { code: 2, err: /has no version 9; kept: 2, 1/ })
})
