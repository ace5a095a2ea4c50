import { expect, test } from 'vitest'
import { readArguments } from './chaos-arguments.ts'

const day = 86_400_000

test.each<[string[], { least: number; most: number; withinMs: number }]>([
  [[], { least: 30, most: 30, withinMs: day }],
  [['--faults', '3'], { least: 3, most: 3, withinMs: day }],
  [['--minutes', '2'], { least: 1, most: 1_000, withinMs: 120_000 }],
  [['--faults', '3', '--minutes', '2'], { least: 3, most: 3, withinMs: 120_000 }],
])('%o asks for as many faults', (args, faults) => {
  expect(readArguments(args)).toMatchObject(faults)
})

test('processes and engines are chosen by name', () => {
  expect(readArguments(['--only', 'search,kafka']).only).toEqual(['search', 'kafka'])
})

test.each<[string[], string]>([
  [['--only', 'serach'], '--only: Invalid option: expected one of "edge"|'],
  [['--only', 'search,'], '--only: Invalid option'],
  [['--only', 'issuer'], '--only: Invalid option'],
  [['--faults', '0'], '--faults: Too small'],
  [['--minutes', '0'], '--minutes: Too small'],
  [['search'], 'not understood: search'],
])('%o makes no sense', (args, fault) => {
  expect(() => readArguments(args)).toThrow(fault)
})
