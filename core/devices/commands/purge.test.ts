import pino from 'pino'
import { expect, test } from 'vitest'
import { failing } from '../../../testkit/fake-ports.ts'
import type { CommandPurge } from './port.ts'
import { createPurge } from './purge.ts'

const module = (deviceId: string) => ({ deviceId, certificates: [undefined, 'a1'] })
const purgeOf = (purgeId: string, over: Partial<CommandPurge> = {}): CommandPurge => ({
  ...{ purgeId, bikeId: `b${purgeId}`, modules: [module(`d${purgeId}`)], isConnectedSince: false },
  ...{ endedAtMs: 100_000, endedAgoMs: 1_000, unexpired: 1, handedOverAgoMs: 500 },
  ...over,
})

interface Broker {
  readonly purge?: () => void
  /** Connections of d1 by its certificate a1: the second time it is asked there are the later ones. */
  readonly connections?: readonly { name: string; connectedAtMs: number }[][]
}

async function work(rounds: readonly (readonly CommandPurge[])[], broker: Broker = {}): Promise<string[]> {
  const stop = new AbortController()
  const log: string[] = []
  const left = [...rounds]
  const connections = [...(broker.connections ?? [])]
  await createPurge({
    store: {
      async waiting() {
        const page = left.shift() ?? []
        if (left.length === 0) stop.abort()
        return page
      },
      settled: async (purgeIds) => void log.push(`settled ${purgeIds.join(' ')}`),
    },
    admin: {
      connectionsOf: async (user) =>
        user === 'SERIALNUMBER=a1,CN=d1'
          ? (connections.shift() ?? []).map((each) => ({ user, ...each }))
          : [],
      async closeConnection(name, reason) {
        log.push(`closes ${name}: ${reason}`)
        return true
      },
      async purgeSession(deviceId) {
        broker.purge?.()
        log.push(`empties ${deviceId}`)
        return true
      },
    },
    log: pino({ level: 'silent' }),
    everyMs: 1,
  }).run(stop.signal)
  return log
}

test('the sessions of all modules are emptied before a purge is settled', async () => {
  const both = purgeOf('1', { modules: [module('d1'), module('d2')] })
  expect(await work([[both, purgeOf('3')]])).toEqual([
    'empties d1',
    'empties d2',
    'empties d3',
    'settled 1 3',
  ])
})

test('a connection from before the end of the commands is closed first, and the sessions emptied once more after it', async () => {
  const before = { name: 'c1', connectedAtMs: 99_000 }
  const after = { name: 'c2', connectedAtMs: 150_000 }
  expect(await work([[purgeOf('1')], [purgeOf('1')]], { connections: [[before], [after]] })).toEqual([
    ...['closes c1: commands of the bike were ended', 'empties d1'],
    ...['empties d1', 'settled 1'],
  ])
})

test('while the broker is away nothing is settled but what ends by itself, and other bikes do not wait', async () => {
  const old = purgeOf('2', { endedAgoMs: 50_000, handedOverAgoMs: 50_000 })
  const log = await work([[purgeOf('1'), old]], { purge: failing(2, 'the broker is away') })
  expect(log).toEqual(['settled 2'])
})

test('a bike without modules is settled at once', async () => {
  expect(await work([[purgeOf('1', { modules: [] })]])).toEqual(['settled 1'])
})
