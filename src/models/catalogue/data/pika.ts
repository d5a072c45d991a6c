/** Catalogue data: Pika video models, as FAL describes them. */
import type { ModelEntry } from '../entry.ts'

export const pikaModels: readonly ModelEntry[] = [
  {
    alias: 'pika-v2-2',
    synonyms: ['pika', 'pika-2.2'],
    endpointId: 'fal-ai/pika/v2.2/text-to-video',
    title: 'Pika 2.2 (text to video)',
    family: 'pika',
    kind: 'video',
    task: 'text-to-video',
    availability: 'listed',
    parameters: [
      { field: 'prompt', type: 'string', required: true, param: 'prompt' },
      { field: 'negative_prompt', type: 'string', default: 'ugly, bad, terrible', param: 'negativePrompt' },
      {
        field: 'aspect_ratio',
        type: 'string',
        allowed: ['16:9', '9:16', '1:1', '4:5', '5:4', '3:2', '2:3'],
        default: '16:9',
        param: 'aspectRatio',
      },
      { field: 'duration', type: 'integer', allowed: [5, 10], default: 5, param: 'durationSeconds' },
      {
        field: 'resolution',
        type: 'string',
        allowed: ['1080p', '720p'],
        default: '720p',
        param: 'resolution',
      },
      { field: 'seed', type: 'integer', nullable: true, param: 'seed' },
    ],
    output: {
      urlPath: 'video.url',
      fileFields: ['content_type', 'file_name', 'file_size', 'url'],
      otherFields: [],
    },
    price: {
      unit: 'video',
      rates: [
        { when: { duration: 5, resolution: '720p' }, micros: 200_000 },
        { when: { duration: 5, resolution: '1080p' }, micros: 450_000 },
        { when: { duration: 10 }, micros: null },
      ],
      quantity: { by: 'request' },
      apiBase: { unit: 'videos', micros: 200_000 },
      confidence: 'high',
      asOf: '2026-07-28',
      note: 'Only the 5 s prices are published; 10 s is unknown.',
    },
    notes: ['duration is an integer 5 or 10, under the name duration.'],
    asOf: '2026-05-12',
  },
]
