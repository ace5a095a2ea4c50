import pino from 'pino'
import { expect, test } from 'vitest'
import type { DevicePresence, PresenceStore } from './port.ts'
import { createReconciliation, findAwaited, reconcile } from './reconcile.ts'

const log = pino({ level: 'silent' })
const running = () => new AbortController().signal
const online = (n: number, connectedAtMs = 0): DevicePresence => ({
  ...{ deviceId: `d${n}`, bikeId: `b${n}`, online: true, connection: `c${n}` },
  ...{ connectedAtMs, disconnectedAtMs: undefined },
})
const connection = { name: 'any', user: 'any', connectedAtMs: 0 }

/** A store of who is online, in pages, that keeps what it is told. */
function storeOf(pages: readonly (readonly DevicePresence[])[]) {
  const changed: DevicePresence[] = []
  const store: Pick<PresenceStore, 'online' | 'change'> = {
    async *online() {
      yield* pages
    },
    async change({ deviceIds, connections }, plan) {
      expect(deviceIds).toEqual([])
      const concerned = pages.flat().filter(({ connection: name }) => connections.includes(name))
      const presences = plan(concerned.map((presence) => ({ ...presence, presence })))
      changed.push(...presences)
      return presences
    },
  }
  return { store, changed }
}

test('who has no connection goes offline, in every page; who has one stays', async () => {
  const { store, changed } = storeOf([
    Array.from({ length: 45 }, (_, n) => online(n)),
    [online(45), online(46)],
  ])
  const admin = {
    connectionsOf: async (user: string) =>
      ['d0', 'd44', 'd45'].includes(user.replace('CN=', '')) ? [] : [connection],
  }
  expect(await reconcile({ store, admin, log }, running())).toBe(3)
  expect(changed.map(({ deviceId, online: is }) => [deviceId, is])).toEqual([
    ['d0', false],
    ['d44', false],
    ['d45', false],
  ])
})

test('a module that connects while the broker is asked stays online', async () => {
  const { store, changed } = storeOf([[online(1, Date.now() + 1_000)]])
  await reconcile({ store, admin: { connectionsOf: async () => [] }, log }, running())
  expect(changed).toEqual([])
})

test('the broker is asked about twenty modules at once, and about no more after a stop', async () => {
  const { store } = storeOf([Array.from({ length: 100 }, (_, n) => online(n))])
  const stop = new AbortController()
  const load = { now: 0, most: 0, asked: 0 }
  const admin = {
    async connectionsOf() {
      load.most = Math.max(load.most, ++load.now)
      if (++load.asked === 40) stop.abort()
      await new Promise((resolve) => setImmediate(resolve))
      load.now--
      return [connection]
    },
  }
  await reconcile({ store, admin, log }, stop.signal)
  expect(load).toEqual({ now: 0, most: 20, asked: 40 })
})

/** Which modules of these a command waits for, all offline; what it is told is kept. */
function awaiting(pages: readonly (readonly string[])[]) {
  const certificates = [undefined, 'a1']
  const told: string[] = []
  const store: Pick<PresenceStore, 'awaited' | 'online' | 'change'> = {
    async *awaited(requestedWithinMs) {
      told.push(`within ${requestedWithinMs}`)
      for (const page of pages) yield page.map((deviceId) => ({ deviceId, certificates }))
    },
    async *online() {},
    async change({ deviceIds }, plan) {
      const known = deviceIds.map((deviceId) => ({ deviceId, bikeId: `b${deviceId}`, presence: undefined }))
      const presences = plan(known)
      told.push(...presences.map(({ deviceId, connection: name }) => `${deviceId} online by ${name}`))
      return presences
    },
  }
  const outbox = { retryNow: async (bikeIds: readonly string[]) => void told.push(`retry ${bikeIds}`) }
  return { store, outbox, told }
}

test('who is connected though nobody said so comes online by the newest connection, and gets commands', async () => {
  const { store, outbox, told } = awaiting([['d1', 'd2'], ['d3']])
  const connections = [
    { name: 'c1', user: 'CN=d2', connectedAtMs: 10 },
    { name: 'c2', user: 'SERIALNUMBER=a1,CN=d2', connectedAtMs: 20 },
  ]
  const admin = { connectionsOf: async (user: string) => connections.filter((each) => each.user === user) }
  expect(await findAwaited({ store, outbox, admin, log }, running(), 5_000)).toBe(1)
  expect(told).toEqual(['within 5000', 'd2 online by c2', 'retry bd2'])
})

test('modules that a command waits for are looked for all at the start, later those of new commands', async () => {
  const stop = new AbortController()
  const { store, outbox, told } = awaiting([])
  let look = 0
  const reconciliation = createReconciliation({
    ...{ store, outbox, admin: { connectionsOf: async () => [] }, log, lookMs: 0 },
    eventTrouble() {
      if (++look === 3) stop.abort()
      return undefined
    },
  })
  await reconciliation.run(stop.signal)
  expect(told[0]).toBe('within undefined')
  expect(told.slice(1).every((each) => /^within 1\d{3}$/.test(each))).toBe(true)
  expect(told).toHaveLength(3)
})

test('it compares at the start and whenever events could not be read, and not in between', async () => {
  const stop = new AbortController()
  const troubles = [undefined, undefined, undefined, 'away', 'away', undefined, undefined]
  const compared: number[] = []
  let look = 0
  const reconciliation = createReconciliation({
    store: {
      async *online() {
        compared.push(look)
        yield []
      },
      async *awaited() {},
      change: async () => [],
    },
    outbox: { retryNow: async () => undefined },
    admin: { connectionsOf: async () => [] },
    log,
    lookMs: 0,
    eventTrouble() {
      if (++look === troubles.length) stop.abort()
      return troubles[look - 1]
    },
  })
  await reconciliation.run(stop.signal)
  expect(compared).toEqual([1, 6])
})
