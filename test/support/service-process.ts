/** The service as a process of its own, to be sent signals; its log is kept line by line. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { plainNode } from './plain-node.ts'

const server = fileURLToPath(new URL('../../src/server.ts', import.meta.url))

export interface ServiceProcess {
  url: string
  /** Every line it logged so far. */
  logLines: string[]
  /** Peak resident memory so far, as the kernel counts it. */
  peakBytes(): number
  kill(signal: NodeJS.Signals): void
  /** Resolves with the first line from now on that has this message. */
  said(message: string): Promise<string>
  stop(): Promise<number | null>
}

export interface ServiceProcessOptions {
  /** For Node, e.g. a preload. */
  flags?: string[]
  /** The `src/server.ts` of another version. */
  program?: string
}

/** Resolves when it is ready; it is stopped in the test's teardown. */
export async function startServiceProcess(
  t: Pick<Test, 'teardown'>,
  environment: Record<string, string>,
  { flags = [], program = server }: ServiceProcessOptions = {},
): Promise<ServiceProcess> {
  const child = spawn(...plainNode(['--no-warnings', ...flags, program]), {
    env: { PATH: '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  const lines = createInterface({ input: child.stdout })
  const logLines: string[] = []
  lines.on('line', (line) => logLines.push(line))
  const said = (message: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (line: string): void => {
        if (!line.includes(`"msg":"${message}"`)) return
        lines.off('line', look)
        resolve(line)
      }
      lines.on('line', look)
      ended.then((code) => reject(new Error(`the service ended with ${code} before "${message}": ${errors}`)))
    })
  const stop = (): Promise<number | null> => {
    child.kill('SIGTERM')
    return ended
  }
  t.teardown(stop)
  const ready: { url: string } = JSON.parse(await said('fal-jobs is ready'))
  const peakBytes = () => {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
  }
  return { url: ready.url, logLines, peakBytes, kill: (signal) => child.kill(signal), said, stop }
}
