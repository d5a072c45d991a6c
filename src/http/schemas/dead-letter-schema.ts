/** The dead-letter list as the API shows it. */
import { Type } from '@sinclair/typebox'
import { deadLetterKinds } from '../../ports/maintenance/dead-letters.ts'
import { idOf, nullable, oneOf, time } from './basic-schemas.ts'

export const deadLetterSchema = Type.Object(
  {
    id: Type.String({
      description: 'What to requeue: the id of the job (`archive`, `erase`) or of the callback (`callback`).',
    }),
    kind: oneOf(deadLetterKinds, {
      description:
        '`archive`: files of a finished job that could not be copied. `callback`: a message that was not accepted. `erase`: archive objects of an erased job that could not be deleted yet; they are tried again every hour at least.',
    }),
    clientId: idOf('cli', 'Whose it is.'),
    jobId: idOf('job', 'The job it is about.'),
    what: Type.String({
      description: 'Which part of it.',
      examples: ['1 of 4 files', 'job.completed', '2 objects to delete'],
    }),
    reason: nullable(Type.String({ description: 'Why it failed.' })),
    tries: Type.Integer(),
    bytes: nullable(Type.Integer({ description: 'Size of what is missing; null when FAL did not say.' })),
    since: time('When it was given up, or first failed.'),
    ageSeconds: Type.Integer({ description: 'How long ago that was.' }),
  },
  {
    $id: 'Shelved',
    additionalProperties: false,
    description: 'A dead letter: something that was given up and can be requeued.',
  },
)
