/** What processes take of the machine, read from /proc: CPU time and resident memory, also of PostgreSQL with all its children. */
import { readFile } from 'node:fs/promises'
import type pg from 'pg'

export interface ProcessUsage {
  cpuSeconds: number
  rssBytes: number
  /** The most it ever had. */
  peakRssBytes: number
}

/** Ticks of 10 ms, pages of 4 KiB. */
export async function usageOf(pid: number): Promise<ProcessUsage> {
  const { own, rssBytes } = await statOf(pid)
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const peakKb = Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0)
  return { cpuSeconds: own, rssBytes, peakRssBytes: peakKb * 1024 }
}

/** CPU seconds of the whole server so far: the postmaster, its children, and those that have ended. */
export async function postgresCpuSeconds(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid')
  const backend = rows[0]?.pid ?? 0
  const { parent } = await statOf(backend)
  const children = (await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8')).trim().split(' ')
  const { own, ended } = await statOf(parent)
  // One that ends meanwhile is counted with the ended ones next time.
  const each = await Promise.all(children.map((pid) => statOf(Number(pid)).catch(() => ({ own: 0 }))))
  return own + ended + each.reduce((sum, child) => sum + child.own, 0)
}

async function statOf(pid: number) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const seconds = (at: number) => Number(fields[at]) / 100
  return {
    parent: Number(fields[1]),
    own: seconds(11) + seconds(12),
    ended: seconds(13) + seconds(14),
    rssBytes: Number(fields[21]) * 4096,
  }
}
