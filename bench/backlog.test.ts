import { expect, test } from 'vitest'
import { enoughOf, inSamples } from './backlog.ts'
import { workerStages } from './scale-stages.ts'

const backlog = {
  samples: 1_200_000,
  tracks: Array.from({ length: 4_000 }, () => ({ key: new Uint8Array(), value: new Uint8Array() })),
}
const stage = (name: string) =>
  workerStages.find((each) => each.name === name) as (typeof workerStages)[number]

test('the ledger has worked off a track when it has booked what all four stages tell of it', () => {
  const drained = {
    ...{ counted: 4_000, seconds: 1, cpuSeconds: 1, peakMiB: 1, partitions: [6], shares: [1] },
    engineSeconds: { kafka: 0, elasticsearch: 0, postgres: 0 },
  }
  expect(inSamples(stage('ledger'), drained, backlog).counted).toBe(1_000 * 300)
})

test('no stage is measured over more than the stages before it have written', () => {
  const records = enoughOf(stage('ledger'), backlog)
  // What normalize and latest tell, with room for getting warm.
  expect(1.2 * records).toBeLessThan(2 * backlog.tracks.length)
  for (const each of workerStages.filter(({ counts }) => counts === 'samples'))
    expect(enoughOf(each, backlog)).toBeLessThanOrEqual(backlog.samples / 2)
})
