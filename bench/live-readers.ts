// Readers of live streams, each on a connection of its own.
import { Agent, get } from 'node:http'

/** `groups` of `GET /v1/bikes/{id}/latest`. */
type Groups = Readonly<Record<string, { readonly eventAt: string } | undefined>>

interface LiveEvent {
  readonly event: string
  readonly groups: Groups
}

export interface LiveReader {
  /** When the next event came of which this is so, on the clock of `performance`; rejects after `withinMs`, and when the stream ends before. */
  next(isIt: (event: LiveEvent) => boolean, withinMs: number): Promise<number>
  leave(): void
}

interface Wait {
  readonly isIt: (event: LiveEvent) => boolean
  readonly found: (atMs: number) => void
  readonly failed: (error: Error) => void
}

const connections = new Agent({ maxSockets: Number.POSITIVE_INFINITY })

/** Resolves with the first event, which tells the state. */
export async function readLive(
  url: string,
  { token, withinMs }: { token: string; withinMs: number },
): Promise<LiveReader> {
  const waits = new Set<Wait>()
  const fail = (error: Error) => {
    for (const { failed } of waits) failed(error)
  }
  const headers = { authorization: `Bearer ${token}` }
  const request = get(url, { headers, agent: connections }, (response) => {
    if (response.statusCode !== 200) request.destroy(new Error(`GET ${url}: ${response.statusCode}`))
    let text = ''
    response.setEncoding('utf8').on('data', (chunk: string) => {
      const atMs = performance.now()
      const blocks = (text + chunk).split('\n\n')
      text = blocks.pop() ?? ''
      for (const event of blocks.flatMap((block) => eventOf(block) ?? []))
        for (const { isIt, found } of waits) if (isIt(event)) found(atMs)
    })
    response.on('error', fail).on('end', () => fail(new Error(`GET ${url}: the stream ended`)))
  }).on('error', fail)
  const reader: LiveReader = {
    next(isIt, limitMs) {
      const { promise, resolve, reject } = Promise.withResolvers<number>()
      const timer = setTimeout(() => reject(new Error(`no event of ${url} in ${limitMs} ms`)), limitMs)
      const wait: Wait = { isIt, found: resolve, failed: reject }
      waits.add(wait)
      return promise.finally(() => {
        clearTimeout(timer)
        waits.delete(wait)
      })
    },
    leave: () => request.destroy(),
  }
  await reader.next(({ event }) => event === 'state', withinMs)
  return reader
}

/** Undefined where it is a sign of life. */
function eventOf(block: string): LiveEvent | undefined {
  const fields = new Map(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  )
  const [event, data] = [fields.get('event'), fields.get('data')]
  if (event === undefined || data === undefined) return undefined
  return { event, groups: (JSON.parse(data) as { groups?: Groups }).groups ?? {} }
}
