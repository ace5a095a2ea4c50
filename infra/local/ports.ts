// Ports on 127.0.0.1: the ones of last time where they are still free, else new ones.
import { readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'

// Below the range that systems hand out to outgoing connections, so that nobody takes a port between two starts.
const lowest = 20_000
const highest = 32_000

export type PortBook = (name: string, options?: { mayListen?: boolean }) => Promise<number>

/**
 * Gives each name its port and remembers it in the data folder. `mayListen`: whoever the port is for may run already, so
 * that a remembered port stays also when it is in use.
 */
export const openPortBook = (dataDir: string): PortBook => {
  const file = join(dataDir, 'ports.json')
  const remembered = readPorts(file)
  const taken = new Set<number>()
  return async (name, { mayListen = false } = {}) => {
    const others = Object.entries(remembered).filter(([other]) => other !== name)
    const unavailable = new Set([...taken, ...others.map(([, port]) => port)])
    const last = remembered[name]
    const stays = mayListen && last !== undefined && !unavailable.has(last)
    const port = stays ? last : await firstFree(last, unavailable)
    taken.add(port)
    remembered[name] = port
    writeFileSync(file, `${JSON.stringify(remembered, null, 2)}\n`)
    return port
  }
}

const firstFree = async (preferred: number | undefined, taken: ReadonlySet<number>): Promise<number> => {
  for (let attempt = 0; attempt < 200; attempt++) {
    const candidate = attempt === 0 && preferred !== undefined ? preferred : randomPort()
    if (!taken.has(candidate) && (await isFree(candidate))) return candidate
  }
  throw new Error(`no free port between ${lowest} and ${highest} on 127.0.0.1`)
}

const randomPort = (): number => lowest + Math.floor(Math.random() * (highest - lowest))

export const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })

/** Whether somebody takes connections there; an answer that does not come within a second is none. */
export const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = connect({ port, host: '127.0.0.1', signal: AbortSignal.timeout(1_000) })
    const end = (answer: boolean) => {
      resolve(answer)
      probe.destroy()
    }
    probe.once('connect', () => end(true)).once('error', () => end(false))
  })

const readPorts = (file: string): Record<string, number> => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>
  } catch {
    return {}
  }
}
