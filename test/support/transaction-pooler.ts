/**
 * A pooler in transaction mode, as PgBouncer is by default: it refuses start-up parameters that it does not know, and gives
 * a server connection to whichever client has a transaction. With `tracksStatements` it prepares a client's statements on
 * the connection that runs them, as PgBouncer does from 1.21 on.
 */
import { createServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import pg from 'pg'
import type { Test } from 'tap'

export interface TransactionPooler {
  /** The address of the database through it. */
  url: string
  /** Cuts all connections, as a restart does. */
  restart(): Promise<void>
}

interface PoolerOptions {
  url: string
  size: number
  tracksStatements?: boolean
}

/** A connection to PostgreSQL, and the client that has it. */
interface Server {
  stream: Duplex
  end(): void
  statements: Set<string>
  client: Client | null
  /** Answers to Query and Sync that are still to come. */
  open: number
  /** Whether each ParseComplete that is still to come is the client's, by the Sync it belongs to. */
  parses: boolean[]
}

interface Client {
  socket: Socket
  server: Server | null
  statements: Map<string, Buffer>
  pending: Buffer[]
}

const known = new Set(['user', 'database', 'application_name', 'client_encoding', 'datestyle', 'timezone'])

interface Pool {
  options: PoolerOptions
  idle: Server[]
  all: Server[]
  waiting: Client[]
  sockets: Set<Socket>
}

export async function startTransactionPooler(t: Test, options: PoolerOptions): Promise<TransactionPooler> {
  const pool: Pool = { options, idle: [], all: [], waiting: [], sockets: new Set() }
  const listener = createServer({ noDelay: true }, (socket) => admit(pool, socket))
  await fill(pool)
  await new Promise<void>((settle, reject) => listener.once('error', reject).listen(0, '127.0.0.1', settle))
  t.teardown(async () => {
    for (const socket of pool.sockets) socket.destroy()
    await new Promise((settle) => listener.close(settle))
    for (const server of pool.all) server.end()
  })
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const through = new URL(options.url)
  through.port = String(address.port)
  return {
    url: through.href,
    async restart() {
      const old = pool.all
      Object.assign(pool, { idle: [], all: [], waiting: [] })
      for (const server of old) server.client = null
      for (const socket of pool.sockets) socket.destroy()
      for (const server of old) server.end()
      await fill(pool)
    },
  }
}

async function fill(pool: Pool): Promise<void> {
  for (let n = 0; n < pool.options.size; n++) await addServer(pool)
}

async function addServer(pool: Pool): Promise<void> {
  const server: Server = await openServer(pool.options.url, (given) => onServerData(pool, server, given))
  pool.all.push(server)
  release(pool, server)
}

/** A new client: its start is answered here, everything else by a server. */
function admit(pool: Pool, socket: Socket): void {
  const client: Client = { socket, server: null, statements: new Map(), pending: [] }
  pool.sockets.add(socket)
  socket.on('error', () => socket.destroy())
  socket.on('close', () => {
    pool.sockets.delete(socket)
    pool.waiting = pool.waiting.filter((one) => one !== client)
    const { server } = client
    if (server === null || !pool.all.includes(server)) return
    // A connection in the middle of a transaction is of no use to another client.
    server.client = null
    pool.all = pool.all.filter((one) => one !== server)
    server.end()
    addServer(pool).catch(() => undefined)
  })
  let isStarted = false
  const frames = createFrames(
    () => (isStarted ? 1 : 0),
    (type, frame) => {
      if (!isStarted) isStarted = start(client, frame)
      else if (type === 'X') socket.end()
      else {
        client.pending.push(frame)
        pump(pool, client)
      }
    },
  )
  socket.on('data', frames)
}

function release(pool: Pool, server: Server): void {
  const next = pool.waiting.shift()
  // The one used last is handed out first.
  if (next === undefined) pool.idle.unshift(server)
  else {
    link(next, server)
    pump(pool, next)
  }
}

function link(client: Client, server: Server): void {
  client.server = server
  server.client = client
}

/** Passes on what the client has sent, once it has a server. */
function pump(pool: Pool, client: Client): void {
  if (client.pending.length === 0) return
  if (client.server === null) {
    const server = pool.idle.shift()
    if (server === undefined) {
      if (!pool.waiting.includes(client)) pool.waiting.push(client)
      return
    }
    link(client, server)
  }
  const { server } = client
  const tracks = pool.options.tracksStatements === true
  for (const frame of client.pending.splice(0))
    if (server !== null) forward({ client, server, tracks }, frame)
}

function forward(
  { client, server, tracks }: { client: Client; server: Server; tracks: boolean },
  frame: Buffer,
): void {
  const type = String.fromCharCode(frame[0] ?? 0)
  if (type === 'Q' || type === 'S') server.open++
  if (type === 'P') {
    const name = textAt(frame, 5)
    // The name is derived from the text: what is prepared under it already is the same.
    if (tracks && server.statements.has(name)) server.stream.write(message('C', Buffer.from(`S${name}\0`)))
    if (name !== '') {
      client.statements.set(name, frame)
      server.statements.add(name)
    }
    server.parses.push(true)
  }
  if (type === 'B' && tracks) {
    const name = textAt(frame, 5 + textAt(frame, 5).length + 1)
    const parse = client.statements.get(name)
    if (parse !== undefined && !server.statements.has(name)) {
      server.statements.add(name)
      server.parses.push(false)
      server.stream.write(parse)
    }
  }
  server.stream.write(frame)
}

/** Passes an answer on; with the last one of a transaction the connection is free for another client. */
function onServerData(pool: Pool, server: Server, given: Buffer): void {
  const { client } = server
  const type = String.fromCharCode(given[0] ?? 0)
  const isOfClose = type === '3' && pool.options.tracksStatements === true
  const isOwn = isOfClose || (type === '1' && server.parses.shift() === false)
  if (!isOwn) client?.socket.write(given)
  if (type !== 'Z') return
  server.open--
  if (server.open > 0) return
  server.parses = []
  if (given[5] !== 'I'.charCodeAt(0) || client === null) return
  client.server = null
  server.client = null
  release(pool, server)
  pump(pool, client)
}

/** Whether the client may go on with statements. */
function start({ socket }: Client, frame: Buffer): boolean {
  // SSLRequest: no.
  if (frame.readInt32BE(4) === 80_877_103) {
    socket.write('N')
    return false
  }
  const parameters = frame
    .subarray(8)
    .toString()
    .split('\0')
    .filter((_, n) => n % 2 === 0)
  const unknown = parameters.find((name) => name !== '' && !known.has(name.toLowerCase()))
  if (unknown !== undefined) {
    socket.end(message('E', Buffer.from(`SFATAL\0C08P01\0Munsupported startup parameter: ${unknown}\0\0`)))
    return false
  }
  socket.write(
    Buffer.concat([
      message('R', Buffer.alloc(4)),
      message('S', Buffer.from('server_version\x0018.0\0')),
      message('K', Buffer.alloc(8)),
      message('Z', Buffer.from('I')),
    ]),
  )
  return true
}

/** The driver logs in; from then on its stream carries what the pooler passes. */
async function openServer(url: string, onMessage: (given: Buffer) => void): Promise<Server> {
  const login = new pg.Client({ connectionString: url })
  login.on('error', () => undefined)
  await login.connect()
  const { stream } = login.connection
  stream.removeAllListeners('data')
  const frames = createFrames(
    () => 1,
    (_type, frame) => onMessage(frame),
  )
  stream.on('data', frames)
  return { stream, end: () => stream.destroy(), statements: new Set(), client: null, open: 0, parses: [] }
}

/** Cuts a stream into messages; those of a start have no type byte. */
function createFrames(typeBytes: () => 0 | 1, onFrame: (type: string, frame: Buffer) => void) {
  let rest = Buffer.alloc(0)
  return (data: Buffer) => {
    rest = Buffer.concat([rest, data])
    for (;;) {
      const head = typeBytes()
      if (rest.length < head + 4) return
      const length = head + rest.readInt32BE(head)
      if (rest.length < length) return
      const frame = rest.subarray(0, length)
      rest = rest.subarray(length)
      onFrame(head === 1 ? String.fromCharCode(frame[0] ?? 0) : '', frame)
    }
  }
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(4 + body.length, 1)
  return Buffer.concat([head, body])
}

const textAt = (frame: Buffer, from: number): string =>
  frame.subarray(from, frame.indexOf(0, from)).toString()
