import { describe, expect, test } from 'vitest'
import { capacityOf } from './model.ts'
import { defaults, type Parameters } from './parameters.ts'

const fleet = (given: Partial<Parameters> = {}, years = 5) => capacityOf({ ...defaults, ...given }, years)
const small = fleet()
const large = fleet({ bikes: 20_000_000 })

describe('the model', () => {
  test('ten times the bikes need ten times the cores, disks and documents', () => {
    expect(large.kafka.cores / small.kafka.cores).toBeCloseTo(10, 6)
    expect(large.kafka.diskGiB / small.kafka.diskGiB).toBeCloseTo(10, 6)
    expect(large.elasticsearch.primaryGiBPerYear / small.elasticsearch.primaryGiBPerYear).toBeCloseTo(10, 6)
    expect(large.postgres.diskGiB / small.postgres.diskGiB).toBeCloseTo(10, 6)
  })

  test('processes are whole, at least two, and never fewer at the peak than at other times', () => {
    for (const { peak, mean, trough } of [...small.stages, ...large.stages]) {
      expect([peak, mean, trough].every(({ processes }) => Number.isInteger(processes))).toBe(true)
      expect(trough.processes).toBeGreaterThanOrEqual(2)
      expect(peak.processes).toBeGreaterThanOrEqual(mean.processes)
      expect(mean.processes).toBeGreaterThanOrEqual(trough.processes)
    }
  })

  test('every consumer of the peak has partitions, and they can be shared by two and by three', () => {
    for (const { kafka, stages } of [small, large]) {
      const partitions = new Map(kafka.topics.map((topic) => [topic.topic as string, topic.partitions]))
      const peakOf = (name: string) => stages.find(({ stage }) => stage === name)?.peak.processes ?? 0
      expect(partitions.get('telemetry.raw')).toBeGreaterThanOrEqual(peakOf('normalize'))
      expect(partitions.get('telemetry.clean')).toBeGreaterThanOrEqual(
        Math.max(peakOf('search'), peakOf('latest')),
      )
      for (const count of partitions.values()) expect(count % 6).toBe(0)
    }
  })

  test('the tiers hold every copy of all years, and only cold grows with the years', () => {
    const [one, ten] = [fleet({}, 1), fleet({}, 10)]
    const disk = ({ elasticsearch }: typeof one) => elasticsearch.tiers.map(({ diskGiB }) => diskGiB)
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
    const { copies, fill } = defaults
    expect(sum(disk(ten))).toBeCloseTo((10 * ten.elasticsearch.primaryGiBPerYear * copies) / fill, 6)
    expect(disk(ten).slice(0, 2)).toEqual(disk(fleet({}, 5)).slice(0, 2))
    expect(disk(ten)[2]).toBeGreaterThan(disk(one)[2] as number)
  })

  test('money is the sum of its parts, and follows a price', () => {
    expect(small.moneyPerYear).toBeCloseTo(
      small.expenses.reduce((sum, { perYear }) => sum + perYear, 0),
      6,
    )
    const dearer = fleet({ pricePerCoreMonth: 2 * defaults.pricePerCoreMonth })
    const cores = small.expenses.reduce((sum, each) => sum + each.cores, 0)
    expect(dearer.moneyPerYear - small.moneyPerYear).toBeCloseTo(12 * cores * defaults.pricePerCoreMonth, 3)
  })

  test('running by the hour needs less than the peak all year', () => {
    const peak = large.stages.reduce((sum, stage) => sum + stage.peak.processes, 0)
    expect(large.meanProcesses).toBeLessThan(peak)
  })
})
