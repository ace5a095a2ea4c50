import { expect, test } from 'vitest'
import { type Fault, planFaults, type Scene } from './faults.ts'

const scene: Scene = { targets: ['edge', 'search', 'kafka', 'postgres'], disks: ['kafka', 'postgres'] }
const first = (count: number, seed = 7) => planFaults(scene, { seed, count })
const inWords = ({ target, kind }: Fault) => `${kind} of ${target}`

test('the same seed gives the same plan, another seed another one', () => {
  expect(first(25)).toEqual(first(25))
  expect(first(25, 8)).not.toEqual(first(25))
})

test('every target suffers once before any suffers again', () => {
  expect(new Set(first(4).map(({ target }) => target))).toEqual(new Set(scene.targets))
})

test('every fault comes before any comes again', () => {
  // Two kinds for each of four targets, and two full disks.
  const count = 10
  expect(new Set(first(count).map(inWords)).size).toBe(count)
  expect(
    new Set(
      first(2 * count)
        .slice(count)
        .map(inWords),
    ).size,
  ).toBe(count)
})

test('a disk is made full only where it can be', () => {
  const full = first(40).filter(({ kind }) => kind === 'full disk')
  expect(full).toHaveLength(8)
  expect(full.every(({ target }) => scene.disks.includes(target))).toBe(true)
})

test('where nothing can suffer, nothing does', () => {
  expect(planFaults({ targets: [], disks: [] }, { seed: 7, count: 3 })).toEqual([])
})
