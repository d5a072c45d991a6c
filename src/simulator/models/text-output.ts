/** Outputs of models that answer with text in place of media: each family in the shape its endpoints have at FAL. */

import type { Json, JsonObject } from '../base/json.ts'

interface TextFamily {
  readonly ids: RegExp
  answer(prompt: string): JsonObject
}

const spoken = 'A lighthouse stands at the end of the pier. It has not been lit for years.'

/** Searched in this order, before the kinds of media: "speech-to-text" produces no speech. */
const families: readonly TextFamily[] = [
  { ids: /elevenlabs\/(speech-to-text|scribe)/, answer: wordsSpoken },
  { ids: /speech-to-text|transcri|whisper|wizper|asr\b/, answer: chunksSpoken },
  { ids: /nsfw|moderation/, answer: () => ({ has_nsfw_concepts: [false] }) },
  {
    ids: /\bocr\b|\/caption|image-to-text|moondream/,
    answer: () => ({ output: 'A lighthouse at the end of a pier.' }),
  },
  { ids: /llm|\bchat\b|text-generation|\bvision\b|understanding/, answer: said },
]

/** Undefined: no model of text. */
export function textOutput(endpointId: string, prompt: string): JsonObject | undefined {
  return families.find(({ ids }) => ids.test(endpointId))?.answer(prompt)
}

export function isTextModel(endpointId: string): boolean {
  return families.some(({ ids }) => ids.test(endpointId))
}

function said(prompt: string): JsonObject {
  return { output: `You said: ${prompt}`, reasoning: null, partial: false, error: null }
}

/** As Whisper's endpoints answer: sentences with their times in seconds. */
function chunksSpoken(): JsonObject {
  const chunks = spoken.split(/(?<=\.) /).map((text, n) => ({ timestamp: [n * 2.5, n * 2.5 + 2.5], text }))
  return { text: spoken, chunks, inferred_languages: ['en'], diarization_segments: [] }
}

/** As ElevenLabs' endpoints answer: words and spaces with their times in seconds. */
function wordsSpoken(): JsonObject {
  const words: Json[] = spoken.split(/( )/).map((text, n) => ({
    text,
    start: n * 0.1,
    end: n * 0.1 + 0.1,
    type: text === ' ' ? 'spacing' : 'word',
    speaker_id: 'speaker_0',
  }))
  return { text: spoken, language_code: 'eng', language_probability: 0.99, words }
}
