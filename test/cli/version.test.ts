/** What every command shares: its version, an end without noise when nobody reads on, and words for wrong variables. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { chmod, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { runCommand } from '../support/run-command.ts'

t.test('--version tells version and Node, and help tells of it', async (t) => {
  const { code, stdout } = await runCommand(['--version'], {})
  t.equal(code, 0)
  t.match(stdout, /^fal-jobs \d+\.\d+\.\d+ \(Node v\d+\.\d+\.\d+\)\n$/)
  t.match((await runCommand(['--help'], {})).stdout, /--version/)
})

t.test('what npm installs is found through its link and leaves the last word to NODE_OPTIONS', async (t) => {
  const link = join(t.testdir(), 'fal-jobs')
  await symlink(fileURLToPath(new URL('../../src/cli/fal-jobs.sh', import.meta.url)), link)
  const run = (options: string) =>
    spawnSync('/usr/bin/env', [`NODE_OPTIONS=${options}`, link, '--version'], { encoding: 'utf8' })
  t.match(run('--no-warnings').stdout, /^fal-jobs \d/)
  t.match(run('--no-such-option').stderr, /no-such-option/)
})

t.test('a Node that cannot run the sources is named in one line', async (t) => {
  const old = t.testdir({ node: '#!/bin/sh\necho v20.20.2\n' })
  await chmod(join(old, 'node'), 0o755)
  const path = `${old}:/usr/bin:/bin`
  const root = fileURLToPath(new URL('../../', import.meta.url))
  const starts: [string, string[]][] = [
    [join(root, 'src/cli/fal-jobs.sh'), ['--version']],
    ['sh', ['-c', startScript(root)]],
  ]
  for (const [command, args] of starts) {
    const { status, stdout, stderr } = spawnSync(command, args, {
      cwd: root,
      env: { PATH: path },
      encoding: 'utf8',
    })
    t.equal(status, 1, command)
    t.equal(stdout, '')
    t.match(stderr, /^fal-jobs needs Node 24 or newer; the node on the path is v20\.20\.2\.[^\n]*\n$/)
  }
})

t.test('output that is cut off, as by head, ends the command quietly', async (t) => {
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
  const child = spawn(process.execPath, ['--no-warnings', main, 'openapi'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const errors = text(child.stderr)
  const ended = once(child, 'exit')
  await once(child.stdout, 'readable')
  child.stdout.destroy()
  t.same(await ended, [0, null])
  t.equal(await errors, '')
})

t.test('a wrong variable is told in words, not as a pattern', async (t) => {
  const wrong = {
    FAL_KEY: 'a:b',
    TRUST_PROXY: 'my proxy',
    FAL_WEBHOOK_PATH: 'hook/',
    S3_STORAGE_CLASS: 'cold',
  }
  const { code, stderr } = await runCommand(['migrate'], wrong)
  t.equal(code, 1)
  t.match(stderr, /TRUST_PROXY: must be a count of proxies/)
  t.notMatch(stderr, /must match|\\d|\[A-Z/)
})

/** What npm gives the shell for `npm start`. */
function startScript(root: string): string {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: { start: string }
  }
  return scripts.start
}
