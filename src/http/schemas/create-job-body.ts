/** The create body, strict: a misspelt parameter is refused, never dropped, since every create is a paid call. */
import { Type } from '@sinclair/typebox'
import { callbackTypes } from '../../domain/job.ts'
import { oneOf, withExample } from './basic-schemas.ts'
import { createExamples } from './data/job-examples.ts'

/** Body limit of the routes that take a create; it may contain `data:` URIs. */
export const largeBody = 10 * 1024 * 1024

const url = (description: string) =>
  Type.String({ minLength: 1, description: `${description} https URL or data: URI.` })

export const createBody = withExample(
  Type.Object(
    {
      model: Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'Alias (see GET /api/models) or any FAL endpoint id.',
        examples: ['flux-schnell'],
      }),
      prompt: Type.Optional(Type.String({ examples: ['a lighthouse in the fog'] })),
      negativePrompt: Type.Optional(Type.String()),
      aspectRatio: Type.Optional(Type.String({ examples: ['16:9'] })),
      durationSeconds: Type.Optional(Type.Number()),
      fps: Type.Optional(Type.Number()),
      resolution: Type.Optional(Type.String({ examples: ['720p'] })),
      guidanceScale: Type.Optional(Type.Number()),
      steps: Type.Optional(Type.Number()),
      seed: Type.Optional(Type.Integer()),
      numOutputs: Type.Optional(Type.Number()),
      enableAudio: Type.Optional(Type.Boolean()),
      inputImageUrl: Type.Optional(url('Image to start from.')),
      inputImageUrls: Type.Optional(Type.Array(url('One of several images.'), { maxItems: 20 })),
      inputVideoUrl: Type.Optional(url('Video to work on.')),
      inputAudioUrl: Type.Optional(url('Sound to work with.')),
      input: Type.Optional(
        Type.Record(Type.String(), Type.Unknown(), {
          maxProperties: 1_000,
          description:
            'Extra FAL fields: checked when the model is in the catalogue, passed on as they are when it is not.',
        }),
      ),
      strict: Type.Optional(
        Type.Boolean({
          description:
            'true: refuse what would be changed with a warning, such as a number outside the range of the model.',
        }),
      ),
      userId: Type.Optional(
        Type.String({ minLength: 1, maxLength: 200, description: 'Your own end user, opaque to us.' }),
      ),
      metadata: Type.Optional(
        Type.Record(Type.String({ minLength: 1, maxLength: 64 }), Type.String({ maxLength: 500 }), {
          maxProperties: 16,
          description: 'Up to 16 pairs of strings, kept with the job and searchable.',
        }),
      ),
      callbackUrl: Type.Optional(
        Type.String({ maxLength: 2000, description: 'Where to POST signed callbacks.' }),
      ),
      callbackEvents: Type.Optional(
        Type.Array(oneOf(callbackTypes), {
          uniqueItems: true,
          maxItems: callbackTypes.length,
          description: 'Which callbacks; default: all final ones.',
        }),
      ),
      confirm: Type.Optional(
        Type.Boolean({ description: 'Needed when the estimate is above the limit of the service.' }),
      ),
      quoteId: Type.Optional(Type.String({ description: 'Binds the create to a quote.' })),
      maxCostMicros: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 1_000_000_000_000,
          description: 'Refuse when the estimate is above this many micro-USD; a retry keeps it.',
        }),
      ),
      archive: Type.Optional(Type.Boolean({ description: 'false: leave the media at FAL.' })),
      queue: Type.Optional(
        Type.Object(
          {
            priority: Type.Optional(oneOf(['normal', 'low'] as const)),
            startTimeoutSeconds: Type.Optional(
              Type.Number({
                exclusiveMinimum: 1,
                maximum: 86_400,
                description: 'FAL must have begun by then.',
              }),
            ),
            runnerHint: Type.Optional(Type.String({ maxLength: 200, pattern: '^[\\x21-\\x7e]+$' })),
          },
          { additionalProperties: false },
        ),
      ),
      deadlineSeconds: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 604_800,
          description: 'Fail the job when it is not final by then.',
        }),
      ),
    },
    { $id: 'CreateJob', additionalProperties: false },
  ),
  createExamples.image.value,
)
