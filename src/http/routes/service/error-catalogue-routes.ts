/** `/docs/errors`: what each error code means and what to do, one anchor a code; the `type` of every problem leads here. */
import type { FastifyInstance } from 'fastify'
import {
  type ErrorEntry,
  fieldCodes,
  jobErrorCatalogue,
  problemCatalogue,
} from '../../schemas/data/error-catalogue.ts'
import { anchorOf, errorCataloguePath, statusOf } from '../../schemas/data/problem-type.ts'

export async function errorCatalogueRoutes(app: FastifyInstance): Promise<void> {
  const page = errorPage()
  app.get(errorCataloguePath, { schema: { hide: true }, logLevel: 'warn' }, (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header(
        'content-security-policy',
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
      )
      .send(page),
  )
}

function errorPage(): string {
  const problems = Object.entries(problemCatalogue).map(([code, entry]) =>
    section(anchorOf(code), `${code} · HTTP ${statusOf[code as keyof typeof statusOf]}`, entry),
  )
  const ofJobs = Object.entries(jobErrorCatalogue).map(([code, entry]) =>
    section(`job-${anchorOf(code)}`, code, entry),
  )
  const fields = Object.entries(fieldCodes).map(
    ([code, meaning]) =>
      `<dt id="field-${anchorOf(code)}"><code>${code}</code></dt><dd>${textOf(meaning)}</dd>`,
  )
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>fal-jobs: errors</title>',
    '<style>body{font:16px/1.5 sans-serif;max-width:46em;margin:2em auto;padding:0 1em}dt{font-weight:bold}:target{background:#ffc}</style>',
    '<h1>Errors</h1><p>Branch on <code>code</code>; quote <code>requestId</code> when you report a problem.</p>',
    '<h2>Codes of problems</h2>',
    ...problems,
    '<h2 id="jobs">Codes in <code>error.code</code> of a job</h2>',
    ...ofJobs,
    '<h2 id="fields">Codes in <code>errors[].code</code></h2>',
    `<dl>${fields.join('')}</dl></html>`,
  ].join('\n')
}

function section(anchor: string, title: string, { meaning, cause, whatToDo, retryable }: ErrorEntry): string {
  return `<section id="${anchor}"><h3>${title}</h3><p>${textOf(meaning)}</p><dl><dt>Cause</dt><dd>${textOf(cause)}</dd><dt>What to do</dt><dd>${textOf(whatToDo)}</dd><dt>Retryable</dt><dd>${retryable}</dd></dl></section>`
}

/** The entries use backticks for code and nothing else of Markdown. */
const textOf = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/`([^`]+)`/g, '<code>$1</code>')
