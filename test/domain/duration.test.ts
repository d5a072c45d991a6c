/** Durations in FAL's encodings: each is read as the seconds it stands for, and what is none is not guessed. */
import t from 'tap'
import { encodingOfText, frameCount, readFramesText, readSeconds } from '../../src/domain/duration.ts'

t.test('seconds are read from numbers and from texts with and without unit', async (t) => {
  for (const [value, seconds] of [
    [5, 5],
    ['5', 5],
    ['8s', 8],
    ['2.5s', 2.5],
  ] as const)
    t.equal(readSeconds(value), seconds, String(value))
  for (const value of ['auto', '', '8 s', 's', '-1', '1e3', null, undefined, true])
    t.equal(readSeconds(value), undefined, String(value))
})

t.test('a text of seconds shows its encoding', async (t) => {
  t.equal(encodingOfText('8s'), 'seconds+s')
  t.equal(encodingOfText('5'), 'seconds-text')
  for (const value of ['auto', 5, null]) t.equal(encodingOfText(value), null, String(value))
})

t.test('a count of frames begins at second 0', async (t) => {
  t.equal(frameCount.write(5, 16), 81)
  t.equal(frameCount.read(81, 16), 5)
})

t.test('a count of frames as text is the seconds it lasts', async (t) => {
  t.equal(readFramesText('129', 24), 5.38)
  t.equal(readFramesText('auto', 24), undefined)
})
