import { expect, test } from 'vitest'
import { chunks } from './producer.ts'

const record = (bytes: number) => ({ topic: 't', key: new Uint8Array(16), value: new Uint8Array(bytes) })

test.each<[string, number[], number[]]>([
  ['nothing makes no request', [], []],
  ['small records share a request', [10, 10, 10], [3]],
  ['a request stays below the broker’s limit', [400_000, 400_000, 400_000], [2, 1]],
  ['a record beyond the limit goes alone', [10, 5_000_000, 10], [1, 1, 1]],
])('%s', (_, sizes, counts) => {
  expect([...chunks(sizes.map(record))].map((chunk) => chunk.length)).toEqual(counts)
})
