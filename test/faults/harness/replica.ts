/** One process of the service under test: started, killed, asked to stop, and started again whenever it ends. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../support/free-port.ts'
import { plainNode } from '../../support/plain-node.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

export interface Replica {
  port: number
  /** `kill -9`; it comes back by itself. */
  kill(): void
  /** SIGTERM; it comes back by itself. */
  terminate(): void
  /** How every SIGTERM ended. */
  stops: { code: number | null; ms: number }[]
  /** Resolves when it answers. */
  ready(): Promise<void>
  /** Ends it for good; resolves to how it ended. */
  end(): Promise<{ code: number | null; ms: number }>
}

export interface ReplicaOptions {
  environment: Record<string, string>
  logFile: string
  /** Loaded before the service: where a test build hooks in. */
  preload?: string
  /** A free one when not given. */
  port?: number
}

/** As a container platform does: whatever ends is started again, after a moment. */
export async function startReplica(options: ReplicaOptions): Promise<Replica> {
  const port = options.port ?? (await freePort())
  const log = createWriteStream(options.logFile, { flags: 'a' })
  const stops: Replica['stops'] = []
  let child: ChildProcess | null = null
  let ending = false
  let asked: number | null = null
  /** A process that still starts has nothing to release, and may take as long to stop as it takes to start. */
  let awake = false

  function start(): void {
    const flags = options.preload === undefined ? [] : ['--import', options.preload]
    child = spawn(...plainNode([...flags, 'src/server.ts']), {
      cwd: root,
      env: { PATH: process.env.PATH, ...options.environment, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    awake = false
    child.stdout?.on('data', (chunk: Buffer) => {
      awake ||= chunk.includes('fal-jobs is ready')
    })
    child.stdout?.pipe(log, { end: false })
    child.stderr?.pipe(log, { end: false })
    child.once('exit', (code, signal) => {
      log.write(`{"msg":"--- ended","code":${code},"signal":"${signal}"}\n`)
      if (asked !== null && awake) stops.push({ code, ms: performance.now() - asked })
      asked = null
      if (!ending) setTimeout(start, 200)
    })
  }
  start()
  // Whoever interrupts the suite leaves no service behind.
  const killOnExit = () => child?.kill('SIGKILL')
  process.once('exit', killOnExit)

  const terminate = () => {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    asked ??= performance.now()
    child.kill('SIGTERM')
  }
  return {
    port,
    stops,
    kill() {
      asked = null
      child?.kill('SIGKILL')
    },
    terminate,
    async ready() {
      const begun = performance.now()
      while (!(await answers(port))) {
        if (performance.now() - begun > 60_000)
          throw new Error(`a replica does not start: ${options.logFile}`)
        await sleep(50)
      }
    },
    async end() {
      ending = true
      process.off('exit', killOnExit)
      const running = child
      if (running !== null && running.exitCode === null && running.signalCode === null) {
        const exit = once(running, 'exit')
        terminate()
        const timer = setTimeout(() => running.kill('SIGKILL'), 15_000)
        await exit
        clearTimeout(timer)
      }
      log.end()
      return stops.at(-1) ?? { code: null, ms: 0 }
    },
  }
}

async function answers(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/healthz`)).ok
  } catch {
    // Not listening yet, or just killed.
    return false
  }
}
