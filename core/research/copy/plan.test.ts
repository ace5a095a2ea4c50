import { expect, test } from 'vitest'
import { bulksOf, isSettled, readTrack } from './plan.ts'

const february = Date.UTC(2026, 1, 1)
const ride = {
  ...{ subject: '9f01', person: '07aa', recorder: '3c2d01ab', kind: 'ride' },
  time_ms: [february - 1_000, february, february + 1_000],
  metrics: {
    speed_kmh: [21.4, null, 0],
    latitude_deg: [47.38, 47.38, 47.38],
    longitude_deg: [8.54, 8.54, 8.54],
    unknown_metric: [1, 2, 3],
  },
}
const bytes = (record: unknown) => new TextEncoder().encode(JSON.stringify(record))
const read = (changes: object = {}) => readTrack(bytes({ ...ride, ...changes }))
const lines = (body: Uint8Array) =>
  new TextDecoder()
    .decode(body)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object)

test('a sample is a document of its month under the names of the stream, in the integers of the store, without its place', () => {
  const [january, after, ...others] = bulksOf([read()])
  expect(others).toEqual([])
  expect(january?.partition).toEqual({ group: 'ride', fromMs: Date.UTC(2026, 0, 1), toMs: february })
  expect(january?.documents).toBe(1)
  const names = { subject: '9f01', person: '07aa', recorder: '3c2d01ab', kind: 'ride' }
  expect(lines(january?.body ?? new Uint8Array())).toEqual([
    { create: {} },
    { ...names, '@timestamp': february - 1_000, speed_kmh_e3: 21_400 },
  ])
  expect(lines(after?.body ?? new Uint8Array())).toEqual([
    { create: {} },
    { ...names, '@timestamp': february },
    { create: {} },
    { ...names, '@timestamp': february + 1_000, speed_kmh_e3: 0 },
  ])
})

test('the small kinds share an index, and a bulk has 5,000 documents at most', () => {
  const time_ms = Array.from({ length: 5_001 }, (_, i) => february + i)
  const charge = read({ kind: 'battery', time_ms, metrics: { state_of_charge_pct: time_ms.map(() => 89.5) } })
  const shown = bulksOf([charge]).map(({ partition, documents }) => [partition.group, documents])
  expect(shown).toEqual([
    ['system', 5_000],
    ['system', 1],
  ])
})

test('records of before the stream named recorders have one recorder', () => {
  const { recorder, ...former } = ride
  expect(readTrack(bytes(former)).recorder).toBe('0')
})

test.each([
  ['no JSON', new TextEncoder().encode('{')],
  ['nothing', null],
  ['an unknown kind', bytes({ ...ride, kind: 'horse' })],
  ['a name with other signs', bytes({ ...ride, subject: 'anna"' })],
  ['a time beyond the calendar', bytes({ ...ride, time_ms: [1, 2, 1e15] })],
  ['a value that the store does not hold', bytes({ ...ride, metrics: { speed_kmh: [1e300, 1, 1] } })],
  ['columns of other lengths', bytes({ ...ride, metrics: { speed_kmh: [1] } })],
])('%s is no track', (_, value) => {
  expect(() => readTrack(value)).toThrow()
})

const old = { person: '07aa', ageMs: 120_000 }
const keptAtLeastMs = 120_000

test.each([
  ['all partitions are passed', old, { ends: [5n, 0n], passed: [5n, 0n] }, true],
  ['one partition is not', old, { ends: [5n, 1n], passed: [9n, 0n] }, false],
  ['of one nothing is known', old, { ends: [5n, 0n], passed: [9n] }, false],
  ['no end is known', old, { ends: undefined, passed: [9n] }, false],
  ['the topic has no partitions', old, { ends: [], passed: [] }, false],
  ['it was a moment ago', { ...old, ageMs: 119_999 }, { ends: [5n], passed: [5n] }, false],
  ['its age is unknown', { ...old, ageMs: Number.NaN }, { ends: [5n], passed: [5n] }, false],
])('a withdrawal of which %s', (_, withdrawal, positions, settled) => {
  expect(isSettled(withdrawal, { ...positions, keptAtLeastMs })).toBe(settled)
})
