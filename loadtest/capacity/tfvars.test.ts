import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { taskRows } from '../../infra/terraform/render-services.ts'
import { basis } from './fixtures.ts'
import { measurementsOf, readRecords, recordsDir } from './measured.ts'
import { capacityOf } from './model.ts'
import { defaults } from './parameters.ts'
import { sizesOf } from './tfvars.ts'

const capacity = (bikes: number, years = 1) => capacityOf({ ...basis, bikes }, years)

test('the disks are as large as the model says', () => {
  const model = capacity(2_000_000, 5)
  const { kafka, postgres, search } = sizesOf(model)
  expect(kafka.brokers * kafka.volume_gib).toBeGreaterThanOrEqual(model.kafka.diskGiB)
  expect(postgres.storage_gib).toBeGreaterThanOrEqual(model.postgres.diskGiB)
  for (const { tier, diskGiB, memoryGiB } of model.elasticsearch.tiers) {
    const size = search[tier]
    expect((size?.nodes ?? 0) * (size?.volume_gib ?? 0)).toBeGreaterThanOrEqual(diskGiB)
    expect((size?.nodes ?? 0) * (size?.memory_gib ?? 0)).toBeGreaterThanOrEqual(memoryGiB)
  }
})

test('a larger fleet never gets less', () => {
  const [small, large] = [sizesOf(capacity(10_000)), sizesOf(capacity(3_000_000))]
  expect(large.kafka.brokers * large.kafka.volume_gib).toBeGreaterThan(small.kafka.volume_gib)
  expect(large.services.search?.most).toBeGreaterThanOrEqual(small.services.search?.most ?? Infinity)
})

test('the smallest fleet keeps a quorum of each engine and two processes of each service', () => {
  const { kafka, search, services } = sizesOf(capacity(1))
  expect([kafka.brokers, search.hot?.nodes]).toEqual([3, 3])
  expect(search.warm?.volume_gib).toBe(125)
  expect(Object.values(services).every(({ least }) => least >= 2)).toBe(true)
})

test('each service that runs on has a size', () => {
  const running = Object.entries(taskRows()).flatMap(([name, { once }]) => (once ? [] : name))
  expect(Object.keys(sizesOf(capacity(1))).length).toBe(5)
  expect(Object.keys(sizesOf(capacity(1)).services).sort()).toEqual(running.sort())
})

test('more modules than one cluster of the broker serves are refused', () => {
  expect(() => sizesOf(capacity(5_000_000))).toThrow('250,000 modules need 2 clusters of the broker')
})

test.each([
  ['demo', 1_000],
  ['production', 100_000],
])(
  'the sizes of %s are those of %i bikes after a year (else: npm run capacity -- --bikes … --tfvars …)',
  (environment, bikes) => {
    const file = new URL(
      `../../infra/terraform/environments/${environment}/sizes.auto.tfvars.json`,
      import.meta.url,
    )
    const measured = measurementsOf(readRecords(recordsDir))
    const sizes = sizesOf(capacityOf({ ...defaults, bikes, measured }, 1))
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ sizes })
  },
)
