/** FAL's hosts in one list: which service a name means, and which backup it has. */
import t from 'tap'
import { backupUrl, falServiceOf } from '../../src/domain/fal-hosts.ts'

t.test('the main hosts of the queue and of runs have a backup with the same path and query', async (t) => {
  t.equal(backupUrl('https://queue.fal.run/a/b?x=a%2Fb'), 'https://queue.falrun.com/a/b?x=a%2Fb')
  t.equal(backupUrl('https://FAL.RUN/A/b'), 'https://falrun.com/A/b')
  for (const url of [
    'https://queue.falrun.com/a',
    'https://rest.fal.ai/storage/upload/initiate',
    'https://fal.run.example.com/a',
    'https://constructor/a',
    'http://127.0.0.1:8787/a',
    'no url',
  ])
    t.equal(backupUrl(url), null, url)
})

t.test('a service is known under its main and its other names', async (t) => {
  t.equal(falServiceOf('queue.falrun.com'), 'queue')
  t.equal(falServiceOf('falrun.com'), 'run')
  t.equal(falServiceOf('rest.alpha.fal.ai'), 'rest')
  for (const name of ['fal.media', 'api.fal.ai', 'evilqueue.fal.run', 'constructor', ''])
    t.equal(falServiceOf(name), null, name)
})
