import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { drain, type Ending } from './end.ts'

const boundMs = 300
const never = () => new Promise<void>(() => undefined)

function endingOf(closes: Pick<Ending, 'closeServer' | 'closePublisher'>) {
  const warnings: string[] = []
  const log = { info: () => {}, error: () => {}, warn: (_: object, text: string) => void warnings.push(text) }
  return { warnings, ending: { log, boundMs, ...closes } }
}

test('uploads end first, then what waits for Kafka is sent', async () => {
  const closed: string[] = []
  const close = (name: string) => async () => {
    await sleep(5)
    closed.push(name)
  }
  const { ending, warnings } = endingOf({ closeServer: close('server'), closePublisher: close('publisher') })
  await drain(ending)
  expect(closed).toEqual(['server', 'publisher'])
  expect(warnings).toEqual([])
})

test.each([
  ['uploads that never end', never, async () => {}],
  ['Kafka away', async () => {}, never],
  ['slow uploads, then Kafka away', () => sleep(boundMs - 50), never],
])('one bound holds for both (%s)', async (_, closeServer, closePublisher) => {
  const { ending, warnings } = endingOf({ closeServer, closePublisher })
  const startedMs = performance.now()
  await drain(ending)
  expect(performance.now() - startedMs).toBeLessThan(boundMs + 200)
  expect(warnings).toEqual(['drained too slowly'])
})
