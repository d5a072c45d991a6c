/** Servers under measurement run as processes of their own, so that load and server do not share an event loop. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type ProcessUsage, usageOf } from './process-usage.ts'

export interface Child {
  process: ChildProcess
  url: string
  /** From spawn until it answered. */
  startedMs: number
  usage(): Promise<ProcessUsage>
  stop(): Promise<void>
}

export interface ChildOptions {
  /** Answers once the server is up. */
  probe?: string
  /** Options of Node itself, e.g. for a profile. */
  nodeOptions?: string[]
}

/** Starts a script of this project and waits until it answers on its port. */
export async function startChild(
  script: string,
  environment: Record<string, string>,
  { probe = '/healthz', nodeOptions = [] }: ChildOptions = {},
): Promise<Child> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const begun = performance.now()
  const child = spawn(process.execPath, [...nodeOptions, path], {
    env: { PATH: process.env.PATH ?? '', ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const url = `http://127.0.0.1:${environment.PORT}`
  const exited = once(child, 'exit')
  while (!(await answers(`${url}${probe}`))) {
    if (child.exitCode !== null) throw new Error(`${script} ended with ${child.exitCode}`)
    if (performance.now() - begun > 30_000) throw new Error(`${script} did not come up`)
    await sleep(10)
  }
  return {
    process: child,
    url,
    startedMs: performance.now() - begun,
    usage: () => usageOf(child.pid ?? 0),
    async stop() {
      if (child.exitCode !== null) return
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await exited
      clearTimeout(late)
    },
  }
}

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    (answer) => answer.ok,
    () => false,
  )
