/** `npm run document-errors`: writes docs/errors.md from the catalogue of error codes; `--check` fails when they differ. */
import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import {
  type ErrorEntry,
  fieldCodes,
  jobErrorCatalogue,
  problemCatalogue,
} from '../../http/schemas/data/error-catalogue.ts'
import { anchorOf, statusOf } from '../../http/schemas/data/problem-type.ts'

const file = new URL('../../../docs/errors.md', import.meta.url)

const opening = `# Errors

Every refusal is an \`application/problem+json\` document (RFC 9457). Branch on \`code\`, correct what \`errors\` point to, try again when
\`retryable\` says so, and quote \`requestId\`, which the log has too. \`type\` is a link to the entry below, as the service shows it under
\`/docs/errors\`. New codes may be added in a minor version ([compatibility.md](compatibility.md)): treat an unknown one by its HTTP status
and \`retryable\`.

A job that failed is no error of a call: \`GET /api/jobs/{id}\` answers 200, and \`error.code\` says [why](#codes-of-a-failed-job).
The typed client adds \`NETWORK\`, \`WAIT_TIMEOUT\` and \`UNEXPECTED_ANSWER\` ([client.md](client.md)); the drop-in proxy answers in
[FAL's form](proxy.md#errors).
`

const clientCodes = `| code | means | what to do |
|---|---|---|
| <a id="client-network"></a>\`NETWORK\` | The service could not be reached, or the connection broke. | The client has retried; retry later. A create with an Idempotency-Key is safe to repeat. |
| <a id="client-wait-timeout"></a>\`WAIT_TIMEOUT\` | The job was not final within the time given to \`waitFor\`. | The job goes on: wait again, or read it later. |
| <a id="client-unexpected-answer"></a>\`UNEXPECTED_ANSWER\` | The answer is not one of this service, as from a proxy in between. | Check \`baseUrl\` and what stands between. |
`

/** The text of docs/errors.md; page and file have the same anchors. */
export function errorDocument(): string {
  const problems = Object.entries(problemCatalogue).map(([code, entry]) =>
    section(anchorOf(code), code, `HTTP ${statusOf[code as keyof typeof statusOf]}. `, entry),
  )
  const ofJobs = Object.entries(jobErrorCatalogue).map(([code, entry]) =>
    section(`job-${anchorOf(code)}`, `Job: ${code}`, '', entry),
  )
  const fields = Object.entries(fieldCodes).map(
    ([code, meaning]) => `| <a id="field-${anchorOf(code)}"></a>\`${code}\` | ${meaning} |`,
  )
  return [
    opening,
    '## Codes of problems\n',
    ...problems,
    '## Codes of a failed job\n',
    '`retryable` of the job is the last word: FAL may say that a request should be tried again, or not.\n',
    ...ofJobs,
    '## Codes of the typed client\n',
    clientCodes,
    '## Codes of single fields\n',
    'In `errors[].code` of a problem. `pointer` is a JSON pointer into the body, or begins with `#/query`, `#/path` or `#/headers`.\n',
    '| code | means |\n|---|---|',
    `${fields.join('\n')}\n`,
  ].join('\n')
}

function section(anchor: string, title: string, status: string, entry: ErrorEntry): string {
  const { meaning, cause, whatToDo, retryable } = entry
  return `### <a id="${anchor}"></a>${title}\n\n${status}${meaning}\n\n- Cause: ${cause}\n- What to do: ${whatToDo}\n- Retryable: ${retryable}\n`
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
  const text = errorDocument()
  if (!values.check) await writeFile(file, text)
  else if (text !== (await readFile(file, 'utf8').catch(() => ''))) {
    process.stderr.write(`${file.pathname} is not that of the catalogue: run \`npm run document-errors\`\n`)
    process.exitCode = 1
  }
}
