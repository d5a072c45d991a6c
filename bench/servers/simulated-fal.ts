/** The simulated FAL as a process of its own, and what benchmarks ask of its admin. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../../test/support/free-port.ts'
import { type Child, startChild } from './child.ts'

/** Epoch milliseconds, cut to whole ones. */
export interface AtFal {
  sentAt: number
  /** NaN while it runs. */
  endedAt: number
}

export interface SimulatedFal extends Child {
  admin: {
    addFault(rule: object): Promise<void>
    /** Ends a request now. */
    complete(requestId: string): Promise<void>
    /** When FAL took and ended the requests whose prompts begin so, by prompt. */
    requests(promptBegin: string): Promise<Map<string, AtFal>>
  }
}

/** Images take as long as their prompt says (`[fault:slow=SECONDS]`), in real time, and are done at once otherwise. */
export async function startSimulatedFal(dir: string): Promise<SimulatedFal> {
  const port = String(await freePort())
  const script = join(dir, 'simulator.json')
  const settings = { fastSigner: true, queueSeconds: 0, imageSeconds: 0.01, keepRequests: 10_000 }
  await writeFile(script, JSON.stringify({ settings }))
  const child = await startChild(
    '../../src/simulator/main.ts',
    { PORT: port, SIMULATOR_PORT: port, SIMULATOR_SCRIPT: script },
    { probe: '/_simulator/totals' },
  )
  const admin = `${child.url}/_simulator`
  const post = async (path: string, body: object) => {
    const answer = await fetch(`${admin}${path}`, { method: 'POST', body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
  }
  return {
    ...child,
    admin: {
      addFault: (rule) => post('/faults', rule),
      complete: (requestId) => post(`/requests/${requestId}/complete`, {}),
      async requests(promptBegin) {
        const all = (await (await fetch(`${admin}/requests`)).json()) as RequestAtFal[]
        return new Map(
          all
            .filter(({ prompt }) => prompt.startsWith(promptBegin))
            .map(({ prompt, sentAt, endedAt }) => [
              prompt,
              { sentAt: Date.parse(sentAt), endedAt: Date.parse(endedAt ?? '') },
            ]),
        )
      },
    },
  }
}

interface RequestAtFal {
  prompt: string
  sentAt: string
  endedAt: string | null
}
