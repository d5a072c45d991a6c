/** Servers under measurement run as processes of their own, so that load and server do not share an event loop. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export interface Child {
  process: ChildProcess
  url: string
  /** CPU seconds used so far, and resident bytes. */
  usage(): Promise<{ cpuSeconds: number; rssBytes: number }>
  stop(): Promise<void>
}

/** Starts a script of this project and waits until it answers on its port. */
export async function startChild(script: string, environment: Record<string, string>): Promise<Child> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const child = spawn(process.execPath, [path], {
    env: { PATH: process.env.PATH ?? '', ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const url = `http://127.0.0.1:${environment.PORT}`
  const exited = once(child, 'exit')
  for (let tries = 0; ; tries++) {
    if (child.exitCode !== null) throw new Error(`${script} ended with ${child.exitCode}`)
    const up = await fetch(`${url}/healthz`).then(
      (answer) => answer.ok,
      () => false,
    )
    if (up) break
    if (tries > 300) throw new Error(`${script} did not come up`)
    await sleep(50)
  }
  return {
    process: child,
    url,
    usage: () => usageOf(child.pid ?? 0),
    async stop() {
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await exited
      clearTimeout(late)
    },
  }
}

/** From /proc: user and system time in ticks of 10 ms, resident set in pages of 4 KiB. */
async function usageOf(pid: number): Promise<{ cpuSeconds: number; rssBytes: number }> {
  const { readFile } = await import('node:fs/promises')
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100,
    rssBytes: Number(fields[21]) * 4096,
  }
}
