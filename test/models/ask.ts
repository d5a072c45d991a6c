/** Prepares a request as a test words it: the outcome, or what it was refused with. */
import { AppError, type FieldError } from '../../src/domain/errors.ts'
import { type Params, type Prepared, prepare } from '../../src/models/prepare.ts'

const video = 'https://cdn.example.com/fox.mp4'
const audio = 'https://cdn.example.com/fox.mp3'

export function ask(
  model: string,
  params: Params,
  input: Record<string, unknown> = {},
  complete = true,
): Prepared {
  const files = complete && model === 'latentsync' ? { inputVideoUrl: video, inputAudioUrl: audio } : {}
  const prompt = model === 'latentsync' ? {} : { prompt: 'A fox runs' }
  const prepared = prepare({ model, params: { ...prompt, ...files, ...params }, input })
  if (prepared.input.prompt === 'A fox runs') prepared.input.prompt = 'fox'
  return prepared
}

export function errorsOf(run: () => unknown): FieldError[] {
  try {
    run()
  } catch (error) {
    if (error instanceof AppError && error.code === 'INVALID_PARAMS') return error.errors
    throw error
  }
  throw new Error('it was accepted')
}

export function codesOf(run: () => unknown): string[] {
  return errorsOf(run).map((error) => `${error.pointer} ${error.code}`)
}
