/** A load balancer as small as can be: requests go round the members; who leaves gets no more and finishes what it has. */
import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { Test } from 'tap'

export interface Balancer {
  url: string
  /** e.g. http://127.0.0.1:3000 */
  join(member: string): void
  /** Resolves when what it was given is answered. */
  leave(member: string): Promise<void>
}

export async function startBalancer(t: Pick<Test, 'teardown'>): Promise<Balancer> {
  const members: string[] = []
  const agent = new Agent({ keepAlive: true })
  const given = new Map<string, Set<Promise<unknown>>>()
  let turn = 0
  const pass = (incoming: IncomingMessage, answer: ServerResponse): void => {
    const member = members[turn++ % members.length]
    if (member === undefined) return void answer.writeHead(502).end()
    const open = given.get(member) ?? new Set()
    given.set(member, open)
    const closed = once(answer, 'close')
    open.add(closed)
    closed.finally(() => open.delete(closed))
    const { hostname, port } = new URL(member)
    const { method, headers, url: path } = incoming
    const onward = request({ agent, hostname, port, method, path, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(answer)
    })
    onward.on('error', (error) => answer.writeHead(502).end(String(error)))
    incoming.pipe(onward)
  }
  const server = createServer(pass)
  // On a busy machine it would close a connection just as the next request comes.
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
    agent.destroy()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the balancer has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    join: (member) => void members.push(member),
    async leave(member) {
      members.splice(members.indexOf(member), 1)
      await Promise.allSettled(given.get(member) ?? [])
    },
  }
}
