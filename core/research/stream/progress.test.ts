import { expect, test } from 'vitest'
import type { KafkaRecord } from '../../engines/kafka/port.ts'
import { createDeliveredFilter, progressRecords, readProgress } from './progress.ts'

const at = (partition: number, offset: number) => ({ partition, offset: BigInt(offset) })

test('what was written is read as the highest next offset of each partition', async () => {
  async function* topic() {
    for (const batch of [[at(0, 3), at(0, 7), at(2, 1)], [at(2, 5)], [at(0, 4)]]) {
      for (const { key, value } of progressRecords('progress', batch)) {
        yield { key: Buffer.from(key), value: Buffer.from(value) } as KafkaRecord
      }
    }
  }
  expect(await readProgress(topic())).toEqual(
    new Map([
      [0, 8n],
      [2, 6n],
    ]),
  )
})

test('progress is read for a new partition and for one that goes back, and leaves aside what it covers', async () => {
  let reads = 0
  const undelivered = createDeliveredFilter(async () => {
    reads++
    return new Map([[0, 5n]])
  })
  expect(await undelivered([at(0, 3), at(0, 4), at(0, 6)])).toEqual([at(0, 6)])
  expect(await undelivered([at(0, 7), at(0, 8)])).toEqual([at(0, 7), at(0, 8)])
  expect(reads).toBe(1)
  expect(await undelivered([at(0, 9), at(1, 0)])).toEqual([at(0, 9), at(1, 0)])
  expect(reads).toBe(2)
  expect(await undelivered([at(0, 9), at(1, 0)])).toEqual([at(0, 9), at(1, 0)])
  expect(reads).toBe(3)
})

test('a batch waits while progress cannot be read', async () => {
  const answers = [Promise.reject(new Error('no Kafka')), Promise.resolve(new Map([[0, 2n]]))]
  const undelivered = createDeliveredFilter(() => answers.shift() as Promise<Map<number, bigint>>)
  await expect(undelivered([at(0, 1), at(0, 2)])).rejects.toThrow('no Kafka')
  expect(await undelivered([at(0, 1), at(0, 2)])).toEqual([at(0, 2)])
})
