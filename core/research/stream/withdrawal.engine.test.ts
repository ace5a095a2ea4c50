import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { recordsIn } from '../../../testkit/independent-reader.ts'
import { createTestBench, january, stored, type TestBench } from '../../../testkit/research-stream.ts'
import { startServerProcess } from '../../../testkit/server-process.ts'
import { coreArgs } from '../../../testkit/service-process.ts'
import { createConsentStore } from '../../engines/postgres/riders/consent-store.ts'
import { grantConsent, withdrawConsent } from '../../riders/consent/consents.ts'
import { topicName } from '../../topics.ts'

let bench: TestBench
beforeEach(async () => {
  bench = await createTestBench()
})
afterEach(() => bench.close())

const patience = { interval: 100 }
const anna = { riderId: 'anna', purpose: 'research', by: 'rider' } as const
const consent = () => grantConsent(createConsentStore(bench.sql), { ...anna, from: new Date(january) })
const withdraw = () => withdrawConsent(createConsentStore(bench.sql), anna)
const startService = () =>
  startServerProcess({
    args: coreArgs('analytics'),
    env: {
      NAMESPACE: bench.namespace,
      PORT: '0',
      LOG_LEVEL: 'info',
      KAFKA_BROKERS: bench.brokers.join(','),
      DATABASE_URL: bench.database.url,
    },
  })

async function forgotten(): Promise<string[]> {
  const topic = topicName(bench.namespace, 'analytics.withdrawals')
  const records = await recordsIn({ brokers: bench.brokers, topic })
  return records.map(({ key, value }) => {
    const { person } = JSON.parse(String(value)) as { person: string }
    expect(String(key)).toBe(person)
    return person
  })
}

test('a withdrawal deletes the key and tells readers whom to forget; the next consent has other names', async () => {
  const bikeId = randomUUID()
  await consent()
  let service = await startService()
  try {
    await bench.send([stored({ ...anna, bikeId, length: 1 })])
    await expect.poll(bench.progress, patience).toBe(1)
    // Told as soon as somebody can: the service is killed before, and another finds what waits.
    service.kill('SIGKILL')
    await service.ended
    await withdraw()
    expect(await bench.sql`select from research_keys`).toHaveLength(0)
    expect(await forgotten()).toEqual([])
    service = await startService()
    const [first] = await bench.delivered()
    await expect.poll(forgotten, patience).toEqual([first?.person])
    await expect.poll(() => bench.sql`select from research_withdrawals`, patience).toHaveLength(0)

    await consent()
    await bench.send([stored({ ...anna, bikeId, length: 1 })])
    await expect.poll(bench.progress, patience).toBe(2)
    const names = (await bench.delivered()).flatMap(({ subject, person }) => [subject, person])
    expect(new Set(names).size).toBe(4)
    expect(await forgotten()).toHaveLength(1)
  } finally {
    service.kill('SIGKILL')
    await service.ended
  }
})

test('who withdraws without ever having been delivered has no name to forget', async () => {
  await consent()
  await withdraw()
  expect(await bench.sql`select from research_withdrawals`).toHaveLength(0)
})
