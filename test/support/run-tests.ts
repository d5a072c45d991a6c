/** `npm test`: runs tap with the arguments given and ends with one line that says what passed. Invariant: the exit code is tap's. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { coverageLine, resultLine } from './test-result-lines.ts'

const tapOutput = '.tap/output.tap'
const coverageSummary = '.tap/report/coverage-summary.json'
for (const file of [tapOutput, coverageSummary]) rmSync(file, { force: true })

const toTerminal = process.stdout.isTTY
const files = process.argv.slice(2)
const options = files.length > 0 ? files : ['--statements=75', '--branches=80', '--functions=60']
const keepOutput = toTerminal ? [`--output-file=${tapOutput}`] : []
const tap = spawn('tap', [...keepOutput, ...options], {
  stdio: ['inherit', toTerminal ? 'inherit' : 'pipe', 'inherit'],
})
if (tap.stdout) {
  // Its raw reporter writes each line twice when it is asked for a file as well.
  mkdirSync(dirname(tapOutput), { recursive: true })
  tap.stdout.pipe(process.stdout, { end: false })
  tap.stdout.pipe(createWriteStream(tapOutput))
}
// A terminal sends Ctrl-C to tap as well; this process stays to report how far tap came.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => tap.kill(signal))
const [code] = (await once(tap, 'close')) as [number | null]

if (files.length === 0) console.log(coverageLine(readIfThere(coverageSummary)))
console.log(resultLine(readIfThere(tapOutput)))
process.exitCode = code ?? 1

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}
