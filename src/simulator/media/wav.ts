/** Makes a real WAV: a tone drawn from the seed, 8 bits at 8 kHz, with the request's note in a LIST chunk. */

export interface WavOptions {
  readonly seconds: number
  readonly seed: number
  readonly note: string
}

const sampleRate = 8000

export function makeWav({ seconds, seed, note }: WavOptions): Buffer {
  const text = Buffer.from(note.length % 2 === 0 ? `${note}\0\0` : `${note}\0`, 'latin1')
  const info = Buffer.concat([Buffer.from('INFO'), chunk('ICMT', text)])
  const format = Buffer.alloc(16)
  format.writeUInt16LE(1, 0)
  format.writeUInt16LE(1, 2)
  format.writeUInt32LE(sampleRate, 4)
  format.writeUInt32LE(sampleRate, 8)
  format.writeUInt16LE(1, 12)
  format.writeUInt16LE(8, 14)
  const body = Buffer.concat([
    Buffer.from('WAVE'),
    chunk('fmt ', format),
    chunk('LIST', info),
    chunk('data', tone(Math.round(seconds * sampleRate), seed)),
  ])
  return chunk('RIFF', body)
}

/** One period of a sine, repeated. */
function tone(samples: number, seed: number): Buffer {
  const period = 16 + (seed % 32)
  const wave = Buffer.from(
    Array.from({ length: period }, (_, i) => Math.round(128 + 90 * Math.sin((2 * Math.PI * i) / period))),
  )
  const even = samples + (samples % 2)
  return even === 0 ? Buffer.alloc(0) : Buffer.alloc(even, wave)
}

function chunk(id: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.write(id, 0, 'latin1')
  head.writeUInt32LE(data.length, 4)
  return Buffer.concat([head, data])
}
