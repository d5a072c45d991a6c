/** Progress read from logs is a hint: never above 0.99, never from a line that says something else. */
import fc from 'fast-check'
import t from 'tap'
import { percentFromLogs } from '../../../src/domain/outcome/progress.ts'

const read = (...messages: string[]) =>
  percentFromLogs(messages.map((message) => ({ message, timestamp: null, level: null })))

t.test('the common spellings are understood', async (t) => {
  const cases: [string, number | null][] = [
    [' 45%|████▌     | 9/20 [00:03<00:04,  2.9it/s]', 0.45],
    ['Denoising:  20%|##   | 2/10', 0.2],
    ['Step 12/50', 0.24],
    ['step: 3 of 4', 0.75],
    ['12/50 [00:01<00:04]', 0.24],
    ['progress: 0.4', 0.4],
    ['{"progress": 0.25}', 0.25],
    ['Progress = 40%', 0.4],
    ['progress: 40', 0.4],
    ['100%|██████████| 20/20 [00:06<00:00]', 0.99],
    ['  5%|▌ |\r 10%|█ |\r 15%|█▌ |', 0.15],
    ['Downloading 3/4 files', null],
    ['Step 60/50', null],
    ['Step 0/0', null],
    ['use 50% of memory', null],
    ['', null],
  ]
  for (const [message, share] of cases) t.equal(read(message), share, message)
})

t.test('the last line that tells counts', async (t) => {
  t.equal(read('Step 1/10', 'Step 5/10', 'encoding'), 0.5)
  t.equal(read('encoding', 'uploading'), null)
  t.equal(read(), null)
})

t.test('whatever the logs hold, the answer is null or within 0..0.99', async () => {
  const parts = fc.constantFrom('%|', '/', ' [', 'step ', 'progress: ', '9', '100', '.', ' ', '\r', 'of ')
  const messages = fc.array(
    fc.oneof(
      fc.string(),
      fc.array(parts, { maxLength: 40 }).map((p) => p.join('')),
    ),
  )
  fc.assert(
    fc.property(messages, (lines) => {
      const share = read(...lines)
      return share === null || (share >= 0 && share <= 0.99)
    }),
  )
})
