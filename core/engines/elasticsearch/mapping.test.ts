import { expect, test } from 'vitest'
import { partitionOf } from '../../telemetry/search/partitions.ts'
import { generationName, groupGenerations, parseIndexName, partitionName } from './mapping.ts'

test.each([
  ['', 'ride', '2025-11-30T23:59:59.999Z', 'telemetry-ride-2025.11'],
  ['', 'ride', '2025-12-01T00:00:00.000Z', 'telemetry-ride-2025.12'],
  ['demo', 'fault', '2024-02-29T12:00:00.000Z', 'demo-telemetry-system-2024.02'],
  ['', 'battery', '1970-01-01T00:00:00.000Z', 'telemetry-system-1970.01'],
] as const)('in namespace "%s" a %s sample of %s lives in %s', (namespace, kind, time, name) => {
  const partition = partitionOf(kind, Date.parse(time))
  expect(partitionName(namespace, partition)).toBe(name)
  expect(partition.fromMs <= Date.parse(time) && Date.parse(time) < partition.toMs).toBe(true)
})

test('names of generations are read back', () => {
  const name = 'demo-telemetry-ride-2025.11'
  for (const generation of [0, 1, 12]) {
    expect(parseIndexName(generationName(name, generation))).toEqual({ partition: name, generation })
  }
  expect(parseIndexName('telemetry-ride-2025')).toBeUndefined()
})

test('generations are in the order they were made', () => {
  const found = groupGenerations([
    'a-telemetry-ride-2025.11-s10',
    'a-telemetry-ride-2025.11-s2',
    'a-telemetry-ride-2025.11',
  ])
  expect([...found.values()]).toEqual([
    ['a-telemetry-ride-2025.11', 'a-telemetry-ride-2025.11-s2', 'a-telemetry-ride-2025.11-s10'],
  ])
})
