import { describe, expect, test } from 'vitest'
import { type Observation, untilEmpty, untilEnough, untilWarm, type WindowPlan } from './measure-window.ts'

interface Look {
  /** By process; undefined before it has counted. */
  readonly counted: readonly (number | undefined)[]
  /** Of all processes, or by process. */
  readonly lag?: number | readonly number[]
  readonly partitions?: number
}

const observation = ({ counted, lag = 9, partitions = 6 / counted.length }: Look, look: number) => ({
  states: counted.map((each, i) => ({
    ...{ counted: each, partitions, cpuSeconds: 0 },
    lag: typeof lag === 'number' ? lag : (lag[i] ?? 0),
  })),
  atMs: 100 * look,
  engines: { kafka: 0, elasticsearch: 0, postgres: 0 },
})

/** Sees one look after the other, and the last one for good. */
function planOf(seen: readonly Look[], enough = 1_000): WindowPlan {
  let look = 0
  return {
    what: 'search',
    instances: seen[0]?.counted.length ?? 1,
    counter: /^worker_samples_total/,
    enough,
    everyMs: 0,
    async look(): Promise<Observation> {
      const each = seen[Math.min(look, seen.length - 1)] as Look
      return observation(each, look++)
    },
  }
}

const countedAt = ({ states }: Observation) => states.map(({ counted }) => counted)

describe('the begin', () => {
  test('is when all processes have their share of the partitions and have counted', async () => {
    const plan = planOf([
      { counted: [900, undefined], partitions: 6 },
      { counted: [5_000, undefined] },
      { counted: [5_500, 10] },
    ])
    expect(countedAt(await untilWarm(plan))).toEqual([5_500, 10])
  })

  test.each<[string, readonly Look[], string]>([
    [
      'a topic worked off by one of two',
      [{ counted: [5_000, undefined], lag: 0 }],
      'search: the topic was worked off (5000) before all were warm',
    ],
    [
      'one of two out of work',
      [{ counted: [5_000, 1_000], lag: [0, 9] }],
      'search: the topic was worked off (6000) before all were warm',
    ],
    [
      'a topic with too little',
      [{ counted: [10], lag: 0 }],
      'search: the topic was worked off (10) before all were warm',
    ],
    [
      'a counter that is not there',
      [{ counted: [undefined], lag: 0 }],
      'search: nothing in /metrics is /^worker_samples_total/',
    ],
  ])('never comes with %s, which is an error', async (_, seen, words) => {
    await expect(untilWarm(planOf(seen))).rejects.toThrow(words)
  })
})

describe('the end', () => {
  const begin = observation({ counted: [5_000] }, 0)

  test('is when enough has been counted since the begin, however much was counted before', async () => {
    const seen = [{ counted: [5_400] }, { counted: [6_100] }, { counted: [9_000] }]
    expect(countedAt(await untilEnough(planOf(seen), begin))).toEqual([6_100])
  })

  test('is when the last was counted of a topic that ends before', async () => {
    const end = await untilEnough(planOf([{ counted: [5_400] }, { counted: [5_400], lag: 0 }]), begin)
    expect([countedAt(end), end.atMs]).toEqual([[5_400], 0])
  })

  test('is when the last was counted before one of two was out of work', async () => {
    const both = observation({ counted: [5_000, 5_000] }, 0)
    const seen = [{ counted: [5_300, 5_100] }, { counted: [5_400, 5_100], lag: [9, 0] }]
    expect(countedAt(await untilEnough(planOf(seen), both))).toEqual([5_400, 5_100])
  })

  test('is when the last was counted before the time was over', async () => {
    const seen = [{ counted: [5_400] }, { counted: [5_600] }]
    const end = await untilEnough(planOf(seen), begin)
    expect([countedAt(end), end.atMs]).toEqual([[5_600], 100])
  })
})

test('a topic is empty when it has been so for a while', async () => {
  const briefly = [{ counted: [1], lag: 0 }, { counted: [2] }]
  const plan = planOf([...briefly, { counted: [3], lag: 0 }])
  await untilEmpty(plan)
  expect((await plan.look()).states[0]?.counted).toBe(3)
})
