import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { uuidBytes, uuidText } from '../../proto/codec/ids.ts'
import { BikeEntitySchema } from '../../proto/gen/mobility/fleet/v1/bike_pb.js'
import { fakeLog } from '../../testkit/fake-kafka.ts'
import { failing, fakeMetrics } from '../../testkit/fake-ports.ts'
import type { FencedWriter, OutgoingRecord, Tombstone } from '../engines/kafka/port.ts'
import type { ChangedBike } from '../fleet/publication/port.ts'
import { createPublication, exposeWaiting } from './publication.ts'

const bikeIds = ['a', 'b'].map((digit) => `01936f00-0000-7000-8000-00000000000${digit}`) as [string, string]
const bikeId = bikeIds[0]
const changed = (id: string, version: number): ChangedBike => ({
  bikeId: id,
  version,
  entity: create(BikeEntitySchema, { bikeId: id, version: BigInt(version) }),
})
/** The version of a bike that is to be ended in the topic. */
const gone = 9
const unknown: ChangedBike = { bikeId: bikeIds[1], version: 7, entity: undefined }
const both = [changed(bikeIds[0], 3), changed(bikeIds[1], 1)]

/** Its entity is so many bytes in the topic. */
function large(bytes: number): ChangedBike {
  const entity = create(BikeEntitySchema, { bikeId, oem: 'x'.repeat(bytes) })
  const tooMany = toBinary(BikeEntitySchema, entity).length - bytes
  return { bikeId, version: 1, entity: { ...entity, oem: entity.oem.slice(tooMany) } }
}

interface Given {
  /** What waits in the first round, the second one, and so on; then nothing. */
  readonly waiting?: readonly (readonly ChangedBike[])[]
  /** Whether it leads in the first round, the second one, and so on; then it does. */
  readonly leads?: readonly boolean[]
  /** Ends when it has waited so often. */
  readonly waits?: number
  readonly write?: () => void
  /** Of how many bikes it is noted that they are published; else of all. */
  readonly noted?: number
}

/** `steps` tells in which order things happened. */
async function publish({ waiting = [], leads = [], waits = 1, write = () => undefined, noted }: Given) {
  const steps: string[] = []
  const written: (OutgoingRecord | Tombstone)[] = []
  const done = new AbortController()
  const [rounds, asked] = [[...waiting], [...leads]]
  let [writers, waited] = [0, 0]
  const metrics = fakeMetrics()
  const { log, lines } = fakeLog()
  const publication = createPublication<ChangedBike>({
    ...{ what: 'bikes', topic: 'bike.entity', metrics, log },
    toRecord: ({ bikeId, version, entity }) => {
      if (entity === undefined) return undefined
      const key = uuidBytes(bikeId)
      return version === gone ? { key, value: null } : { key, value: toBinary(BikeEntitySchema, entity) }
    },
    changes: {
      async waiting(limit) {
        const bikes = rounds.shift() ?? []
        steps.push(`${bikes.length} of at most ${limit}`)
        return [...bikes]
      },
      async published(bikes) {
        steps.push(`noted ${bikes.map(({ version }) => version).join(' ')}`)
        return noted ?? bikes.length
      },
    },
    leadership: { isLeader: async () => asked.shift() ?? true },
    async openWriter() {
      const name = `writer ${++writers}`
      steps.push(`${name} opened`)
      return {
        async write(records) {
          write()
          steps.push(`${name} wrote ${records.length}`)
          written.push(...records)
        },
        close: async () => void steps.push(`${name} closed`),
      }
    },
    watch: {
      async next(withinMs, signal) {
        steps.push(`waits ${withinMs}`)
        expect(signal).toBe(done.signal)
        if (++waited === waits) done.abort()
      },
      end: () => undefined,
    },
  })
  await publication.run(done.signal)
  return { publication, steps, written, lines, counts: metrics.counts }
}

test('bikes are written, then noted as published, until none waits', async () => {
  const { steps, written, counts } = await publish({ waiting: [both, both.slice(1)] })
  expect(steps).toEqual([
    'writer 1 opened',
    ...['2 of at most 2000', 'writer 1 wrote 2', 'noted 3 1'],
    ...['1 of at most 2000', 'writer 1 wrote 1', 'noted 1'],
    ...['0 of at most 2000', 'waits 1000'],
  ])
  expect(written.map(({ topic, key }) => [topic, uuidText(key)])).toEqual(
    [...bikeIds, bikeIds[1]].map((id) => ['bike.entity', id]),
  )
  expect(written.map(({ value }) => fromBinary(BikeEntitySchema, value as Uint8Array).version)).toEqual([
    3n,
    1n,
    1n,
  ])
  expect(counts).toEqual({ written: 3 })
})

test('a stop does not wait until a writer has opened, and leaves none open', async () => {
  const done = new AbortController()
  const { promise: opening, resolve: open } = Promise.withResolvers<FencedWriter>()
  let closed = 0
  const publication = createPublication<ChangedBike>({
    ...{ what: 'bikes', topic: 'bike.entity', metrics: fakeMetrics(), log: fakeLog().log },
    toRecord: () => undefined,
    changes: { waiting: async () => [], published: async () => 0 },
    leadership: { isLeader: async () => true },
    openWriter: () => {
      done.abort()
      return opening
    },
    watch: { next: async () => undefined, end: () => undefined },
  })
  await publication.run(done.signal)
  await publication.close()
  open({ write: async () => undefined, close: async () => void closed++ })
  await expect.poll(() => closed).toBe(1)
})

test('bikes that are just being changed are waited for', async () => {
  const { steps } = await publish({ waiting: [both], noted: 1 })
  expect(steps.slice(-2)).toEqual(['noted 3 1', 'waits 1000'])
})

test('of something that is no bike it is noted that nothing need be written', async () => {
  const { steps, counts } = await publish({ waiting: [[unknown]] })
  expect(steps.slice(1, 3)).toEqual(['1 of at most 2000', 'noted 7'])
  expect(counts).toEqual({})
})

test('what is gone is ended in the topic', async () => {
  const { written, counts } = await publish({ waiting: [[changed(bikeId, gone)]] })
  expect(written.map(({ value }) => value)).toEqual([null])
  expect(counts).toEqual({ written: 1 })
})

test('a bike that is too large is set aside, and keeps back no other', async () => {
  const { steps, written, counts, lines } = await publish({ waiting: [[large(900_001), ...both]] })
  expect(steps).toContain('noted 1 3 1')
  expect(written).toHaveLength(2)
  expect(counts).toEqual({ failed: 1, written: 2 })
  expect(lines).toMatchObject([{ key: bikeId.replaceAll('-', ''), bytes: 900_001 }, { bikes: 2 }])
})

test('the largest bike that may be is written', async () => {
  const { written, counts } = await publish({ waiting: [[large(900_000)]] })
  expect(written.map(({ value }) => value?.length)).toEqual([900_000])
  expect(counts).toEqual({ written: 1 })
})

test('who does not lead writes nothing, and who lost the lead closes the writer', async () => {
  const { steps } = await publish({ leads: [false, true, false, true], waits: 4 })
  expect(steps).toEqual([
    'waits 1000',
    ...['writer 1 opened', '0 of at most 2000', 'waits 1000'],
    ...['writer 1 closed', 'waits 1000'],
    ...['writer 2 opened', '0 of at most 2000', 'waits 1000'],
  ])
})

test('after a write that failed nothing is noted, and another writer begins with the newest versions', async () => {
  const { steps, counts } = await publish({
    waiting: [both, [changed(bikeId, 4)]],
    write: failing(1, 'shut out'),
  })
  expect(steps).toEqual([
    ...['writer 1 opened', '2 of at most 2000', 'writer 1 closed'],
    ...['writer 2 opened', '1 of at most 2000', 'writer 2 wrote 1', 'noted 4'],
    ...['0 of at most 2000', 'waits 1000'],
  ])
  expect(counts).toEqual({ written: 1 })
})

test('in the end the writer is closed, once', async () => {
  const { publication, steps } = await publish({})
  await publication.close()
  await publication.close()
  expect(steps.filter((step) => step.endsWith('closed'))).toEqual(['writer 1 closed'])
  expect(publication.trouble()).toBeUndefined()
})

test('what waits is read with the metrics, and stays as it was while the database is away', async () => {
  const answers = [{ items: 5, oldestMs: 2_500 }, undefined]
  const registry = new Registry()
  const backlog = async () => {
    const [now] = answers
    if (now === undefined) throw new Error('PostgreSQL is away')
    return now
  }
  exposeWaiting(registry, backlog, {
    items: { name: 'fleet_unpublished_bikes', help: 'Bikes' },
    seconds: { name: 'fleet_unpublished_seconds', help: 'Seconds' },
  })
  const gauges = async () =>
    (await registry.getMetricsAsJSON()).map(({ name, values }) => [name, values[0]?.value])
  const expected = [
    ['fleet_unpublished_bikes', 5],
    ['fleet_unpublished_seconds', 2.5],
  ]
  expect(await gauges()).toEqual(expected)
  answers.shift()
  expect(await gauges()).toEqual(expected)
})
