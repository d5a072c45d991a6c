/** Catalogue data: newer speech models, of which FAL's own document gives the parameters. */
import type { BriefEntry } from '../entry.ts'

const about = {
  kind: 'audio',
  availability: 'listed',
  task: 'text-to-speech',
  family: 'elevenlabs',
  asOf: '2026-09-25',
} as const

const perThousand = (micros: number): BriefEntry['price'] => ({
  unit: '1k_characters',
  rates: [{ micros }],
  quantity: { by: 'characters', field: 'text' },
  confidence: 'high',
  asOf: '2026-09-25',
})

export const briefAudio: readonly BriefEntry[] = [
  {
    ...about,
    alias: 'eleven-v3',
    synonyms: ['elevenlabs-v3'],
    endpointId: 'fal-ai/elevenlabs/tts/eleven-v3',
    title: 'ElevenLabs Eleven v3',
    price: perThousand(100_000),
  },
  {
    ...about,
    alias: 'eleven-v4',
    synonyms: ['elevenlabs-v4'],
    endpointId: 'elevenlabs/tts/eleven-v4',
    title: 'ElevenLabs Eleven v4',
    price: perThousand(80_000),
  },
]
