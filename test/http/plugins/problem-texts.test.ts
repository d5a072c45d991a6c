/** What a refused caller reads: each sentence names the field and what would do, also where it stands without its pointer. */
import t from 'tap'
import { fieldError, invalid } from '../../../src/http/plugins/problems.ts'
import { invalidParams } from '../../../src/models/prepared.ts'
import { createFindings, paramPlace, refuse } from '../../../src/models/values/findings.ts'

const issue = (keyword: string, instancePath: string, params: Record<string, unknown>, message = '') => ({
  keyword,
  instancePath,
  params,
  message,
  schemaPath: '',
})

t.test('a value of the wrong shape is told by its name and what it must be', async (t) => {
  const rows: [ReturnType<typeof issue>, string][] = [
    [issue('type', '', { type: 'object' }, 'must be object'), 'The value must be an object.'],
    [issue('type', '/prompt', { type: 'string' }, 'must be string'), '"prompt" must be a string.'],
    [issue('maximum', '/wait', {}, 'must be <= 60'), '"wait" must be <= 60.'],
    [issue('enum', '/scopes/0', { allowedValues: ['a', 'b'] }), '"scopes/0" must be one of a, b.'],
    [issue('required', '', { missingProperty: 'model' }), 'The field "model" is missing.'],
    [issue('additionalProperties', '', { additionalProperty: 'promt' }), 'Unknown field "promt".'],
  ]
  for (const [told, text] of rows) t.equal(invalid([fieldError(told, 'body')]).message, text)
})

t.test(
  'a single parameter that cannot be used is named in the sentence, not only in the pointer',
  async (t) => {
    const findings = createFindings()
    refuse(findings, paramPlace('prompt'), 'required', 'This model needs it.')
    t.equal(invalidParams(findings).message, 'prompt: This model needs it.')
    refuse(findings, paramPlace('seed'), 'type', 'Must be a number.')
    t.equal(invalidParams(findings).message, '2 parameters cannot be used.')
  },
)
