/** Makes the files of an output: real media of the asked size and length, with the fields FAL gives beside the URL. */

import type { JsonObject } from '../base/json.ts'
import { frameCount, makeMp4 } from '../media/mp4.ts'
import { drawPng } from '../media/png.ts'
import { makeWav } from '../media/wav.ts'
import type { MediaKind } from './data/model-entry.ts'
import { imageSize, videoSize } from './picture-size.ts'
import { framesPerSecond, secondsOf } from './read-input.ts'

export interface MediaOrder {
  readonly kind: MediaKind
  /** Input with its defaults. */
  readonly input: JsonObject
  readonly seed: number
  /** Written into the file, so that no two files have the same bytes. */
  readonly note: string
  readonly black?: boolean
}

export interface MadeMedia {
  readonly bytes: Buffer
  readonly contentType: string
  readonly extension: string
  /** width, height, duration, fps, num_frames, as far as the kind has them. */
  readonly facts: JsonObject
}

export function makeMedia(order: MediaOrder): MadeMedia {
  const { kind, input, seed, note, black = false } = order
  switch (kind) {
    case 'image': {
      const size = imageSize(input)
      const bytes = drawPng({ ...size, seed, note, black })
      return { bytes, contentType: 'image/png', extension: 'png', facts: { ...size } }
    }
    case 'video': {
      const length = { seconds: secondsOf(input), fps: framesPerSecond(input) }
      const size = videoSize(input)
      const facts = { ...size, duration: length.seconds, fps: length.fps, num_frames: frameCount(length) }
      const bytes = makeMp4({ ...size, ...length, seed, note })
      return { bytes, contentType: 'video/mp4', extension: 'mp4', facts }
    }
    case 'audio': {
      const seconds = secondsOf(input)
      const bytes = makeWav({ seconds, seed, note })
      return { bytes, contentType: 'audio/wav', extension: 'wav', facts: { duration: seconds } }
    }
  }
}
