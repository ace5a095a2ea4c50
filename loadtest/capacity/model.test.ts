import { describe, expect, test } from 'vitest'
import { serviceNames } from '../../infra/local/processes.ts'
import { basis } from './fixtures.ts'
import { bytesPerRide, bytesPerSettled, stageNames } from './measured.ts'
import { capacityOf } from './model.ts'
import { defaults, type Parameters } from './parameters.ts'
import { quietServices } from './quiet-services.ts'

const fleet = (given: Partial<Parameters> = {}, years = 5) => capacityOf({ ...basis, ...given }, years)
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
  test('every service of the platform is in it, and there twice at least', () => {
    const all = serviceNames.filter((name) => name !== 'issuer')
    expect([...stageNames, ...quietServices].toSorted()).toEqual(all.toSorted())
    expect(small.quiet.processes).toBe(2)
    expect(small.quiet.cores).toBeCloseTo(2 * quietServices.length * defaults.quietCores, 9)
    expect(large.quiet.processes).toBe(10)
    expect(small.expenses.find(({ what }) => what.includes('beside'))?.cores).toBe(small.quiet.cores)
  })

  test('readers of a topic have partitions, whichever stage they belong to', () => {
    const slow = { perSample: 1e-3, perTrack: 0 }
    for (const [stage, topic] of [
      ['witness', 'telemetry.clean'],
      ['gaps', 'telemetry.clean'],
      ['quality', 'telemetry.stored'],
    ] as const) {
      const { stageCosts } = basis.measured
      const costs = { ...stageCosts, [stage]: { ...stageCosts[stage], busy: slow } }
      const { kafka, stages } = capacityOf(
        { ...basis, measured: { ...basis.measured, stageCosts: costs } },
        1,
      )
      const { peak } = stages.find((each) => each.stage === stage) as (typeof stages)[number]
      expect(peak.processes).toBeGreaterThan(6)
      expect(kafka.topics.find((each) => each.topic === topic)?.partitions).toBeGreaterThanOrEqual(
        peak.processes,
      )
    }
  })

  test('days of bikes and rides are kept for ever', () => {
    const [one, ten] = [fleet({}, 1).postgres, fleet({}, 10).postgres]
    const rows =
      defaults.bikes * (defaults.recordedShare * defaults.ridesPerYear + defaults.moduleShare * 365)
    expect(one.bikeDaysGiB).toBeCloseTo((rows * defaults.bytesPerBikeDay) / 2 ** 30, 6)
    expect(ten.bikeDaysGiB).toBeCloseTo(10 * one.bikeDaysGiB, 6)
    const rides = defaults.bikes * (defaults.recordedShare + defaults.moduleShare) * defaults.ridesPerYear
    expect(one.ridesGiB).toBeCloseTo((rides * bytesPerRide) / 2 ** 30, 6)
    expect(ten.ridesGiB).toBeCloseTo(10 * one.ridesGiB, 6)
    expect(ten.diskGiB - one.diskGiB).toBeCloseTo((9 * (one.bikeDaysGiB + one.ridesGiB)) / defaults.fill, 6)
  })

  test('the ledger has short rows for its days and a week, and details of the tracks of a day', () => {
    const messages =
      (defaults.bikes * defaults.moduleShare * defaults.moduleSamplesPerDay) / defaults.samplesPerMessage
    const uploads =
      (defaults.bikes * defaults.recordedShare * defaults.ridesPerYear * defaults.minutesPerRide * 60) /
      defaults.samplesPerUpload /
      365
    const settled = (messages * bytesPerSettled.module + uploads * bytesPerSettled.phone) * (90 + 7)
    const details = (messages + uploads) * basis.measured.bytesInTables.ledgerPerTrack
    expect(fleet({}, 1).postgres.ledgerGiB).toBeCloseTo((settled + details) / 2 ** 30, 6)
    expect(fleet({}, 10).postgres.ledgerGiB).toBe(fleet({}, 1).postgres.ledgerGiB)
  })

  test('shards are those of an index, of which a month has two', () => {
    const { primaryGiBPerYear, shardsOfMonth } = large.elasticsearch
    // The system index has a ninth of the rides' documents, and needs no more shards than that.
    expect(shardsOfMonth.ride).toBeGreaterThan(1)
    expect(shardsOfMonth.system).toBe(Math.ceil(shardsOfMonth.ride / 9))
    expect(shardsOfMonth.ride).toBeLessThanOrEqual(
      Math.ceil((primaryGiBPerYear * defaults.rideShare) / defaults.shardGibibytes),
    )
    const tiny = fleet({ bikes: 100 }, 3).elasticsearch
    expect(tiny.shardsOfMonth).toEqual({ ride: 1, system: 1 })
    expect(tiny.shards).toBe(2 * 12 * 3 * defaults.copies)
  })

  test('each year has its disks and its money, and the last one is the answer', () => {
    expect(small.byYear.map(({ year }) => year)).toEqual([1, 2, 3, 4, 5])
    expect(small.byYear.at(-1)).toEqual({
      year: 5,
      kafkaGiB: small.kafka.diskGiB,
      tiers: small.elasticsearch.tiers,
      postgresGiB: small.postgres.diskGiB,
      moneyPerYear: small.moneyPerYear,
    })
    expect(small.byYear[0]).toMatchObject({ tiers: fleet({}, 1).elasticsearch.tiers })
  })

  test('a working day in July needs more than one in January, and seven in the morning more than three', () => {
    const { january, july } = large.hours
    expect([january.length, july.length]).toEqual([24, 24])
    for (const what of ['processes', 'cores', 'engineCores'] as const) {
      expect(july[7]?.[what]).toBeGreaterThan(january[7]?.[what] as number)
      expect(july[7]?.[what]).toBeGreaterThan(july[3]?.[what] as number)
    }
  })
})
