import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { drain, type Ending, endOnSignal } from './process.ts'

const boundMs = 300
const never = () => new Promise<void>(() => undefined)
const after = (ms: number) => () => new Promise<void>((resolve) => setTimeout(resolve, ms))

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function endingOf(closes: Pick<Ending, 'closeServer' | 'closePublisher'>) {
  const warnings: string[] = []
  const log = { info: () => {}, error: () => {}, warn: (_: object, text: string) => void warnings.push(text) }
  return { warnings, ending: { log, delayMs: 0, boundMs, ...closes } }
}

test('uploads end first, then what waits for Kafka is sent', async () => {
  const closed: string[] = []
  const close = (name: string) => async () => {
    await after(5)()
    closed.push(name)
  }
  const { ending, warnings } = endingOf({ closeServer: close('server'), closePublisher: close('publisher') })
  const drained = drain(ending)
  await vi.advanceTimersByTimeAsync(10)
  await drained
  expect(closed).toEqual(['server', 'publisher'])
  expect(warnings).toEqual([])
  expect(vi.getTimerCount()).toBe(0)
})

test.each([
  ['uploads that never end', never, async () => {}],
  ['Kafka away', async () => {}, never],
  ['slow uploads, then Kafka away', after(boundMs - 50), never],
])('one bound holds for both (%s)', async (_, closeServer, closePublisher) => {
  const { ending, warnings } = endingOf({ closeServer, closePublisher })
  let ended = false
  const drained = drain(ending).then(() => {
    ended = true
  })
  await vi.advanceTimersByTimeAsync(boundMs - 1)
  expect(ended).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  await drained
  expect(warnings).toEqual(['drained too slowly'])
})

test.each(['SIGTERM', 'SIGINT'] as const)('a second %s does not cut the drain short', async (signal) => {
  const others = { SIGTERM: process.rawListeners('SIGTERM'), SIGINT: process.rawListeners('SIGINT') }
  const own = (name: typeof signal) =>
    process.rawListeners(name).filter((each) => !others[name].includes(each))
  const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never)
  const closePublisher = vi.fn(async () => {})
  const { ending } = endingOf({ closeServer: after(5), closePublisher })
  const draining = endOnSignal(ending)
  expect(draining()).toBe(false)
  // Without a listener of ours Node would end the process at once.
  for (const _ of ['first', 'second']) {
    expect(own(signal)).toHaveLength(1)
    own(signal)[0]?.(signal)
    expect(draining()).toBe(true)
  }
  await vi.advanceTimersByTimeAsync(10)
  expect([closePublisher.mock.calls.length, exit.mock.calls]).toEqual([1, [[0]]])
  for (const each of ['SIGTERM', 'SIGINT'] as const)
    for (const listener of own(each)) process.off(each, listener as () => void)
  exit.mockRestore()
})
