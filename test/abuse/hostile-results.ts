/** Results that no honest model gives, drawn from a seed: depth, width, names, texts, numbers, links, sizes. */
import type { Random } from '../../src/simulator/base/random.ts'

/** The reproductions of what once stopped the service, and others of their kind, as JSON texts. */
export function poison(origin: string): Record<string, string> {
  const links = Array.from({ length: 999 }, (_, n) => ({ url: `${origin}/files/${n}` }))
  const wide = Array.from({ length: 20_000 }, (_, n) => [`k${n}_url`, `${origin}/files/${n}`])
  return {
    'a name of a megabyte above 999 files': JSON.stringify({ [`k${'k'.repeat(1_000_000)}`]: links }),
    'two million levels': '['.repeat(2_000_000) + ']'.repeat(2_000_000),
    'a number of nine million digits': `{"n":${'9'.repeat(9_000_000)}}`,
    'twenty thousand links': JSON.stringify(Object.fromEntries(wide)),
    'names of 9 KB at each level': nested(150, (inner) => ({ [`k${'x'.repeat(9_000)}`]: inner }), {
      files: links,
    }),
    'two million values': `[${'0,'.repeat(2_000_000)}0]`,
    'no JSON': '{"images":[',
  }
}

/** A random result of about `size` characters. */
export function hostileResult(random: Random, size: number, origin: string): string {
  const kind = kinds[random.below(kinds.length)] as (typeof kinds)[number]
  return kind(random, size, origin)
}

type Kind = (random: Random, size: number, origin: string) => string

const kinds: readonly Kind[] = [
  (random, size) => '[{"a":'.repeat(Math.min(size / 8, 1 + random.below(400))),
  (random, size) => {
    const levels = 1 + random.below(Math.max(1, Math.min(size / 2, 400)))
    return `${'['.repeat(levels)}${']'.repeat(levels)}`
  },
  (random, size) =>
    JSON.stringify(
      Object.fromEntries(Array.from({ length: size / 20 }, () => [random.word(9), odd(random)])),
    ),
  (random, size) => JSON.stringify({ [text(random, size / 2)]: odd(random), images: [] }),
  (random, size, origin) =>
    JSON.stringify({
      images: Array.from({ length: size / 60 }, () => ({
        url: link(random, origin),
        file_name: text(random, 9),
      })),
    }),
  (random, size, origin) =>
    JSON.stringify(
      Object.fromEntries(
        Array.from({ length: size / 60 }, () => [`${random.word(5)}_url`, link(random, origin)]),
      ),
    ),
  (random, size) =>
    JSON.stringify({ images: [{ url: `data:image/png;base64,${'A'.repeat(size)}` }], seed: odd(random) }),
  (random, size) => `{"video":{"url":"https://x.test/${random.word(4)}","file_size":${'9'.repeat(size)}}}`,
  (random, size) =>
    `{"a":-1e${random.below(9_999)},"b":${'1'.repeat(random.below(400) + 1)},"c":"${'\\u0000'.repeat(size / 6)}"}`,
  (random, size) => `{"t":"${'\\ud800'.repeat(size / 6)}","\\udfff${random.word(3)}":"\\u0000"}`,
  (_random, size) => `"${'é'.repeat(size / 2)}"`,
  (random) =>
    ['null', '0', '""', '[]', '{}', 'true', '', 'nope', '<html>', '1e999'][random.below(10)] ?? 'null',
  (random, size) =>
    nested(
      Math.min(180, size / 20),
      (inner) => ({ [random.word(4)]: inner, thumbnail: { url: 'https://x.test/t' } }),
      1,
    ),
  (random) =>
    JSON.stringify({
      status: 'IN_PROGRESS',
      error: odd(random),
      detail: [{ msg: text(random, 50), type: odd(random), loc: odd(random) }],
    }),
  (_random, size) =>
    JSON.stringify({
      logs: Array.from({ length: size / 30 }, () => ({ message: '\u001b[2J50%' })),
      metrics: { inference_time: -1 },
    }),
]

function nested(levels: number, wrap: (inner: unknown) => unknown, core: unknown): string {
  let value = core
  for (let n = 0; n < levels; n++) value = wrap(value)
  return JSON.stringify(value)
}

const odd = (random: Random): unknown =>
  [null, true, -0, 1e308, 2 ** 53, '\u0000', '\ud800x', '__proto__', [], {}, [[]], text(random, 20)][
    random.below(12)
  ]

const text = (random: Random, length: number): string =>
  Array.from({ length: Math.min(length, 5_000) }, () => String.fromCodePoint(random.below(0xfff)))
    .join('')
    .padEnd(length, 'x')

const link = (random: Random, origin: string): string =>
  [
    `${origin}/files/${random.word(8)}`,
    `https://x.test/${text(random, 5)}`,
    'http://[',
    'data:,',
    `https://x.test/${'y'.repeat(random.below(9_000))}`,
    '//x',
  ][random.below(6)] ?? '//x'
