import pino from 'pino'
import { expect, test } from 'vitest'
import { failing } from '../../../testkit/fake-ports.ts'
import type { UnpurgedChange } from './port.ts'
import { createPurge } from './purge.ts'

const module = (deviceId: string) => ({ deviceId, certificates: [undefined, 'a1'] })
const change = (changeId: string, over: Partial<UnpurgedChange> = {}): UnpurgedChange => ({
  ...{ changeId, bikeId: `b${changeId}`, modules: [module(`d${changeId}`)], isConnectedSince: false },
  ...{ changedAtMs: 100_000, changedAgoMs: 1_000, unexpired: 1, handedOverAgoMs: 500 },
  ...over,
})

interface Broker {
  readonly purge?: () => void
  /** Connections of d1 by its certificate a1: the second time it is asked there are the later ones. */
  readonly connections?: readonly { name: string; connectedAtMs: number }[][]
}

async function work(rounds: readonly (readonly UnpurgedChange[])[], broker: Broker = {}): Promise<string[]> {
  const stop = new AbortController()
  const log: string[] = []
  const left = [...rounds]
  const connections = [...(broker.connections ?? [])]
  await createPurge({
    store: {
      async unpurged() {
        const page = left.shift() ?? []
        if (left.length === 0) stop.abort()
        return page
      },
      purged: async (changeIds) => void log.push(`settled ${changeIds.join(' ')}`),
    },
    admin: {
      connectionsOf: async (user) =>
        user === 'SERIALNUMBER=a1,CN=d1'
          ? (connections.shift() ?? []).map((each) => ({ user, ...each }))
          : [],
      async closeConnection(name, reason) {
        log.push(`ends ${name}: ${reason}`)
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

test('the sessions of all modules are emptied before a change is settled', async () => {
  const both = change('1', { modules: [module('d1'), module('d2')] })
  expect(await work([[both, change('3')]])).toEqual(['empties d1', 'empties d2', 'empties d3', 'settled 1 3'])
})

test('a connection from before the change is ended first, and the sessions emptied once more after it', async () => {
  const before = { name: 'c1', connectedAtMs: 99_000 }
  const after = { name: 'c2', connectedAtMs: 150_000 }
  expect(await work([[change('1')], [change('1')]], { connections: [[before], [after]] })).toEqual([
    ...['ends c1: the bike has another owner', 'empties d1'],
    ...['empties d1', 'settled 1'],
  ])
})

test('while the broker is away nothing is settled but what ends by itself, and other bikes do not wait', async () => {
  const old = change('2', { changedAgoMs: 50_000, handedOverAgoMs: 50_000 })
  const log = await work([[change('1'), old]], { purge: failing(2, 'the broker is away') })
  expect(log).toEqual(['settled 2'])
})

test('a bike without modules is settled at once', async () => {
  expect(await work([[change('1', { modules: [] })]])).toEqual(['settled 1'])
})
