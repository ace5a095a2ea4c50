import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isUuid, kinds, uuidBytes } from '../../../proto/index.ts'
import { readRoutingKey, telemetryKey } from '../../engines/rabbitmq/topology.ts'
import { readTelemetryTopic } from './telemetry-topic.ts'

/** What the general reader says. */
function expected(routingKey: string) {
  const topic = readRoutingKey(routingKey)
  if (topic?.type !== 'telemetry' || !isUuid(topic.bikeId)) return undefined
  return {
    bikeId: Buffer.from(uuidBytes(topic.bikeId)),
    bikeIdText: topic.bikeId.toLowerCase(),
    kind: topic.kind,
  }
}

const kind = fc.constantFrom(...kinds)
const anyKey = fc.oneof(
  fc.tuple(fc.uuid(), kind).map(([id, each]) => telemetryKey(id, each)),
  fc.tuple(fc.uuid(), kind).map(([id, each]) => telemetryKey(id.toUpperCase(), each)),
  fc.tuple(fc.string({ minLength: 36, maxLength: 36 }), kind).map(([id, each]) => telemetryKey(id, each)),
  fc.tuple(fc.uuid(), fc.string()).map(([id, tail]) => `bikes.${id}.telemetry.${tail}`),
  fc.string(),
)

test('a routing key means what the general reader says, whatever it is', () => {
  fc.assert(
    fc.property(anyKey, (key) => {
      expect(readTelemetryTopic(key)).toEqual(expected(key))
    }),
    { numRuns: 1_000 },
  )
})

test('one wrong character anywhere makes it none, or another bike’s', () => {
  const key = telemetryKey('01920000-0000-7000-8000-00000000000b', 'ride')
  const anyChange = fc.tuple(fc.nat(key.length - 1), fc.constantFrom('g', '-', '.', 'é', '\0', 'A', '7'))
  fc.assert(
    fc.property(anyChange, ([at, character]) => {
      const changed = `${key.slice(0, at)}${character}${key.slice(at + 1)}`
      expect(readTelemetryTopic(changed)).toEqual(expected(changed))
    }),
    { numRuns: 500 },
  )
})
