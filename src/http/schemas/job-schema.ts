/** The job, its media and its events as the API shows them; the shape is jobs/job-view.ts's, stated for clients. */
import { Type } from '@sinclair/typebox'
import {
  archiveStatuses,
  awaitedThings,
  costSources,
  eventSources,
  eventTypes,
  jobErrorCodes,
  jobStatuses,
  mediaKinds,
  priceConfidences,
  submissions,
} from '../../domain/job.ts'
import { idOf, micros, nullable, oneOf, time, withExample } from './basic-schemas.ts'
import { eventExample, jobExample } from './data/job-examples.ts'

const text = (description: string) => Type.String({ description })
const closed = { additionalProperties: false }

const mediaSchema = Type.Object(
  {
    index: Type.Integer(),
    path: text('Its place in `result`.'),
    kind: oneOf(mediaKinds),
    url: nullable(text("Our archive's signed link once archived, FAL's before.")),
    sourceUrl: nullable(text("FAL's link; null for media that came inside the result.")),
    archiveUrl: nullable(text('A signed link that needs no API key; null until archived.')),
    contentType: nullable(Type.String()),
    bytes: nullable(Type.Integer()),
    sha256: nullable(text('Lower-case hex, of the archived bytes.')),
    width: nullable(
      Type.Number({ description: 'Displayed size in pixels: the rotation of the file is applied.' }),
    ),
    height: nullable(Type.Number()),
    storedWidth: nullable(Type.Number({ description: 'Stored size in pixels, before the rotation.' })),
    storedHeight: nullable(Type.Number()),
    durationSeconds: nullable(Type.Number()),
    thumbnailUrl: nullable(Type.String()),
    flagged: Type.Boolean({ description: "The model's own safety check objects to the file." }),
  },
  closed,
)

export const jobSchema = withExample(
  Type.Object(
    {
      id: idOf('job', 'The id of the job.'),
      status: oneOf(jobStatuses, { description: '`completed`, `failed` and `canceled` are final.' }),
      model: text('Alias in the catalogue, or the FAL endpoint id.'),
      endpointId: text('The FAL endpoint that runs it.'),
      kind: oneOf([...mediaKinds, 'unknown'] as const),
      userId: nullable(text("The client's own end user.")),
      metadata: Type.Record(Type.String(), Type.String()),
      params: Type.Record(Type.String(), Type.Unknown(), {
        description:
          'As normalized, defaults filled in. A `data:` URI is shown as `{data, bytes, sha256}`; GET /api/jobs/{id}/input has it whole.',
      }),
      warnings: Type.Array(
        Type.Object(
          { field: Type.String(), from: Type.Unknown(), to: Type.Unknown(), reason: Type.String() },
          { ...closed, description: 'What was changed to fit the limits of the model.' },
        ),
      ),
      progress: Type.Number({ minimum: 0, maximum: 1, description: 'Never decreases; 1 when completed.' }),
      queuePosition: nullable(Type.Integer({ description: "Requests ahead in FAL's queue." })),
      etaSeconds: nullable(Type.Integer({ description: 'Likely time left.' })),
      cost: Type.Object(
        {
          estimatedMicros: nullable(
            micros(
              'The price before the run; where none was known, what the result costs by the price rule; else null.',
            ),
          ),
          atMostMicros: nullable(micros('The most it could cost, as far as known before the run.')),
          confidence: oneOf(priceConfidences, {
            description:
              '`rule`: by all that FAL publishes of the price; `base`: by its bare unit price; `unknown`: no price was known.',
          }),
          actualMicros: nullable(
            micros("FAL's bill, some time after the end; null until then, and when FAL never reported it."),
          ),
          source: nullable(
            oneOf(costSources, {
              description:
                'The source of `actualMicros`: `units` × the unit price of `billedAs`, or `billing_events` of FAL.',
            }),
          ),
          billableUnits: nullable(
            Type.Number({ description: "FAL's count, in units of its bare price; may be a fraction." }),
          ),
          billedAs: nullable(text('The endpoint that FAL charged, which may be another than `endpointId`.')),
          chargedMicros: nullable(
            micros("What the client's ledger took; null: no credits pay for this job."),
          ),
          settledAt: nullable(time("When FAL's bill was known or given up; null: it is still asked for.")),
          currency: Type.String(),
        },
        closed,
      ),
      media: Type.Array(mediaSchema),
      archive: Type.Object(
        {
          status: oneOf(archiveStatuses),
          attempts: Type.Integer(),
          lastError: nullable(Type.String()),
          archivedAt: nullable(time('When the last file was archived.')),
        },
        closed,
      ),
      result: Type.Unsafe<unknown>({
        description:
          "FAL's output; integers beyond 2^53 as strings. A file that FAL answered inside it is the link of its archived copy; until there is one, lists and callbacks describe it.",
      }),
      omitted: Type.Array(
        Type.Object(
          {
            pointer: Type.String({ description: 'Where in the job, e.g. `/result`.' }),
            bytes: Type.Integer({ description: 'Size as JSON.' }),
          },
          closed,
        ),
        {
          description:
            'What this answer leaves out for its size: results above 1 MB, except in GET /api/jobs/{id}; in a callback, as much as keeps it below 64 KB. `links.self` shows the whole.',
        },
      ),
      error: nullable(
        Type.Object(
          {
            code: oneOf(jobErrorCodes),
            message: Type.String(),
            retryable: Type.Boolean(),
            details: Type.Unknown({ description: "FAL's own reasons; null where it gave none." }),
          },
          closed,
        ),
      ),
      fal: Type.Object(
        {
          requestId: nullable(Type.String()),
          gatewayRequestId: nullable(Type.String()),
          status: nullable(Type.String()),
          awaiting: nullable(
            oneOf(awaitedThings, {
              description:
                'What a job that FAL has finished still waits for: `result`, which FAL cannot give yet, or `files`, which the result lacks.',
            }),
          ),
          inferenceSeconds: nullable(Type.Number()),
          userId: nullable(Type.String()),
        },
        closed,
      ),
      submission: oneOf(submissions, { description: '`uncertain`: FAL may or may not have the request.' }),
      retryOf: nullable(text('The job that this one repeats.')),
      erasedAt: nullable(time('When the job was erased; only this tombstone is left.')),
      erasing: nullable(
        Type.Object(
          {
            objectsLeft: nullable(
              Type.Integer({ description: 'Archive objects; null when they could not be counted.' }),
            ),
            failures: Type.Integer({ description: 'Failed attempts to delete them.' }),
            lastError: nullable(Type.String({ description: 'Why the last of them failed.' })),
          },
          {
            ...closed,
            description:
              'What of an erased job is still in the archive: its content is gone from the service, its objects are being deleted.',
          },
        ),
      ),
      createdAt: time('When it was accepted.'),
      submittedAt: nullable(time('When FAL accepted it.')),
      startedAt: nullable(time('When FAL began to work on it.')),
      completedAt: nullable(time('When it reached its final state.')),
      updatedAt: time('When it last changed.'),
      links: Type.Object({ self: Type.String(), events: Type.String(), cancel: Type.String() }, closed),
      logs: Type.Optional(
        Type.Array(
          Type.Object(
            {
              message: Type.String(),
              timestamp: nullable(Type.String()),
              level: nullable(Type.String()),
            },
            closed,
          ),
          { description: "FAL's logs, when asked for with `?logs=1`." },
        ),
      ),
    },
    { $id: 'Job', ...closed, description: 'One accepted generation.' },
  ),
  jobExample,
)

export const eventSchema = withExample(
  Type.Object(
    {
      id: idOf('evt', 'The id of the event.'),
      jobId: idOf('job', 'The job it happened to.'),
      seq: Type.Integer({ minimum: 1, description: 'Per job, from 1, without gaps.' }),
      type: oneOf(eventTypes),
      source: oneOf(eventSources, { description: 'The cause of the event.' }),
      data: Type.Record(Type.String(), Type.Unknown()),
      createdAt: time('When it happened.'),
    },
    { $id: 'JobEvent', ...closed, description: 'Something that happened to a job.' },
  ),
  eventExample,
)
