import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readZips } from '../../../../testkit/read-zip.ts'
import { type ZipEntry, zip } from './zip.ts'

const modifiedAtMs = Date.UTC(2026, 10, 30)
const entry = (path: string, bytes: ZipEntry['bytes']): ZipEntry => ({ path, modifiedAtMs, bytes })

async function* each<T>(items: readonly T[]) {
  yield* items
}

async function archiveOf(...entries: ZipEntry[]): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of zip(each(entries))) chunks.push(chunk)
  return Buffer.concat(chunks)
}

test('an independent program reads back any files, in their order', async () => {
  const anyFile = fc.tuple(
    fc.stringMatching(/^[a-z]{1,8}(\/[a-zé🏡.]{1,8}x)?$/u),
    fc.array(fc.uint8Array({ maxLength: 3_000 }), { maxLength: 5 }),
  )
  const anyFiles = fc.uniqueArray(anyFile, { selector: ([path]) => path, maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(fc.array(anyFiles, { minLength: 10, maxLength: 30 }), async (sets) => {
      const archives = sets.map((files) => archiveOf(...files.map(([path, chunks]) => entry(path, chunks))))
      const read = await readZips(await Promise.all(archives))
      expect(read.map((files) => [...files])).toEqual(
        sets.map((files) => files.map(([path, chunks]) => [path, Buffer.concat(chunks)])),
      )
    }),
    { numRuns: 1 },
  )
})

test('text is compressed', async () => {
  const lines = Array.from({ length: 1_000 }, (_, i) => Buffer.from(`${i},18.4,25.1\r\n`))
  expect((await archiveOf(entry('a.csv', lines))).length).toBeLessThan(Buffer.concat(lines).length / 3)
})

/** Bytes without an end that do not compress. */
function endless() {
  const told = { bytes: 0, ended: false }
  function* bytes() {
    try {
      for (;;) {
        told.bytes += 16 * 1024
        yield randomBytes(16 * 1024)
      }
    } finally {
      told.ended = true
    }
  }
  return { told, bytes: bytes() }
}

test('no more of a file is read than the reader of the archive takes, and it ends with him', async () => {
  const { told, bytes } = endless()
  let taken = 0
  let mostAhead = 0
  for await (const chunk of zip(each([entry('endless', bytes)]))) {
    taken += chunk.length
    await new Promise((resolve) => setImmediate(resolve))
    mostAhead = Math.max(mostAhead, told.bytes - taken)
    if (taken > 8 * 1024 * 1024) break
  }
  expect(told.ended).toBe(true)
  expect(mostAhead).toBeLessThan(1024 * 1024)
})

test('entries end with the reader, too, and none is asked for before its turn', async () => {
  const asked: string[] = []
  let ended = false
  async function* entries() {
    try {
      for (const path of ['a', 'b']) {
        asked.push(path)
        yield entry(path, endless().bytes)
      }
    } finally {
      ended = true
    }
  }
  for await (const _ of zip(entries())) break
  expect([asked, ended]).toEqual([['a'], true])
})

test.each<[string, () => ZipEntry[], string]>([
  ['a file that fails', () => [entry('a', failing())], 'the store is away'],
  ['a path that comes twice', () => [entry('a', []), entry('a', [])], 'the archive has two files a'],
  ['a path out of the archive', () => [entry('../a', [])], 'invalid relative path: ../a'],
])('%s breaks the archive off', async (_, entries, message) => {
  await expect(archiveOf(...entries())).rejects.toThrow(message)
})

async function* failing() {
  yield Buffer.from('first')
  throw new Error('the store is away')
}
