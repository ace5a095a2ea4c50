import { expect, test } from 'vitest'
import type { FaultKind } from './faults.ts'
import { formatRecovery, summariseRecovery } from './recovery.ts'

const fault = (target: string, kind: FaultKind, seconds: number) => ({
  target,
  kind,
  healing: { healed: true as const, seconds, last: `${target} lags` },
})
const faults = [
  fault('kafka', 'stop', 30),
  fault('search', 'kill', 2),
  fault('edge', 'kill', 9),
  fault('latest', 'kill', 3),
  fault('kafka', 'kill', 20),
  { target: 'kafka', kind: 'kill' as const, healing: { healed: false as const, missing: ['kafka is down'] } },
]

test('services are taken together, engines one by one; what did not heal has no time', () => {
  const slowest = (target: string) => ({ target, last: `${target} lags` })
  expect(summariseRecovery(faults)).toEqual([
    { of: 'services', kind: 'kill', faults: 3, medianSeconds: 3, maxSeconds: 9, slowest: slowest('edge') },
    { of: 'kafka', kind: 'kill', faults: 1, medianSeconds: 20, maxSeconds: 20, slowest: slowest('kafka') },
    { of: 'kafka', kind: 'stop', faults: 1, medianSeconds: 30, maxSeconds: 30, slowest: slowest('kafka') },
  ])
})

test('the table is Markdown, whatever was waited for', () => {
  const odd = {
    ...fault('edge', 'kill', 1),
    healing: { healed: true as const, seconds: 1, last: 'a | b\nc' },
  }
  expect(formatRecovery(summariseRecovery([odd]))).toBe(`\
| fault  | of       | faults | median s | longest s | which | last to recover |
| ------ | -------- | ------ | -------- | --------- | ----- | --------------- |
| \`kill\` | services | 1      | 1.0      | 1.0       | edge  | a \\| b c        |`)
})
