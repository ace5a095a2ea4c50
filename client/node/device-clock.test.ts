// The clocks of this machine, and the file that keeps their state.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createClockWatch } from '../clock.ts'
import { createManualClock } from '../testing/manual-clock.ts'
import { fileClockState, nodeDeviceClock } from './device-clock.ts'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clock-'))
  path = join(folder, 'deep', 'clock.json')
})

afterEach(() => rm(folder, { recursive: true, force: true }))

test('both clocks go on, at the same pace', async () => {
  const clock = nodeDeviceClock()
  // However long the machine takes from one reading to the next, the wall clock's lies between the other's two.
  const read = () => [clock.monotonicMs(), clock.wallMs(), clock.monotonicMs()] as const
  const first = read()
  await sleep(30)
  const second = read()
  expect(second[0] - first[2]).toBeGreaterThan(25)
  expect(second[1] - first[1]).toBeGreaterThan(second[0] - first[2] - 5)
  expect(second[1] - first[1]).toBeLessThan(second[2] - first[0] + 5)
})

test('two processes of one boot see the same boot', () => {
  expect(nodeDeviceClock().bootMarker).toBe(nodeDeviceClock().bootMarker)
})

test('epochs go on where an earlier run stopped', async () => {
  const first = createClockWatch({ device: createManualClock(), ...fileClockState(path) })
  expect(first.read()).toMatchObject({ bootId: 1, clockEpoch: 1 })
  const device = createManualClock({ bootMarker: 'boot-b' })
  const second = createClockWatch({ device, ...fileClockState(path) })
  expect(second.read()).toMatchObject({ bootId: 2, clockEpoch: 2 })
  expect(await readdir(join(folder, 'deep'))).toEqual(['clock.json'])
})

test.each([
  ['', 'cut off'],
  ['{"bootMarker":"a"', 'cut off'],
  ['null', 'no state'],
  ['{"bootMarker":"a","bootId":1}', 'without an epoch'],
  ['{"bootMarker":"a","bootId":1,"clockEpoch":"2","offsetMs":0}', 'with an epoch of text'],
])('a file %j is not believed: it is %s', async (text) => {
  await writeFile(join(folder, 'clock.json'), text)
  expect(fileClockState(join(folder, 'clock.json')).state).toBeUndefined()
})
