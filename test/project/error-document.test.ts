/** docs/errors.md is written from the catalogue of error codes: what is committed must be that. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { errorDocument } from '../../src/cli/project/document-errors.ts'
import { root } from './source-files.ts'

t.test('docs/errors.md is what the catalogue says', async (t) => {
  const committed = readFileSync(join(root, 'docs/errors.md'), 'utf8')
  t.ok(committed === errorDocument(), 'else run `npm run document-errors` and commit the file')
})
