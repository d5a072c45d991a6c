/** A small reader of Server-Sent Events: one stream, from wherever it is told to, to its end. */

export interface SeenEvent {
  id: string
  type: string
  data: { id: string; seq: number; type: string; jobId: string }
}

export interface ReadStream {
  status: number
  headers: Headers
  events: SeenEvent[]
  /** Comment lines: heartbeats. */
  comments: number
  /** Whether the stream ended by itself; false when the connection broke. */
  ended: boolean
}

export interface ReadOptions {
  key: string
  lastEventId?: string
  signal?: AbortSignal
  onEvent?: (event: SeenEvent) => void
}

/** Reads one stream to its end. Never rejects for a connection that broke off. */
export async function readStream(url: URL, options: ReadOptions): Promise<ReadStream> {
  const read: ReadStream = { status: 0, headers: new Headers(), events: [], comments: 0, ended: false }
  try {
    const response = await fetch(url, {
      headers: {
        accept: 'text/event-stream',
        authorization: `Bearer ${options.key}`,
        ...(options.lastEventId === undefined ? {} : { 'last-event-id': options.lastEventId }),
      },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    })
    read.status = response.status
    read.headers = response.headers
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true })
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) take(block, read, options)
    }
    read.ended = true
  } catch (error) {
    if (!(error instanceof TypeError) && !options.signal?.aborted) throw error
  }
  return read
}

function take(block: string, read: ReadStream, options: ReadOptions): void {
  const fields = new Map<string, string>()
  for (const line of block.split('\n')) {
    if (line.startsWith(':')) read.comments++
    const at = line.indexOf(': ')
    if (at > 0) fields.set(line.slice(0, at), line.slice(at + 2))
  }
  const data = fields.get('data')
  if (data === undefined) return
  const event = { id: fields.get('id') ?? '', type: fields.get('event') ?? '', data: JSON.parse(data) }
  read.events.push(event)
  options.onEvent?.(event)
}
