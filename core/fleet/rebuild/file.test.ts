import { expect, test } from 'vitest'
import { createFileText, rowsIn } from './file.ts'
import type { MemoryRow } from './port.ts'

const rows: readonly MemoryRow[] = Array.from({ length: 501 }, (_, number) => ({
  // A line break of Unicode is none of the file.
  ...{ table: 'partners', row: { partner_id: `plant:${number}`, role: 'a\u2028b\n' } },
}))
const written = createFileText()
const text = [
  written.begin(0),
  written.rows(rows.slice(0, 1)),
  written.rows(rows.slice(1)),
  written.end(),
].join('')
const lines = text.split('\n')

async function read(content: string, chunkBytes = 1_000): Promise<readonly MemoryRow[]> {
  const bytes = Buffer.from(content)
  const found: MemoryRow[] = []
  async function* chunks() {
    for (let from = 0; from < bytes.length; from += chunkBytes) yield bytes.subarray(from, from + chunkBytes)
  }
  for await (const some of rowsIn(chunks())) found.push(...some)
  return found
}

test('rows come back as they were written, however the file is cut into chunks', async () => {
  expect(await read(text)).toEqual(rows)
  expect(await read(text, 7)).toEqual(rows)
})

test.each<[string, string, string]>([
  ['nothing', '', 'the file is empty'],
  ['half of it', text.slice(0, text.length / 2), 'a line that is no JSON'],
  ['all but its last line', `${lines.slice(0, -2).join('\n')}\n`, 'truncated: its last line is missing'],
  ['a row less', [...lines.slice(0, 3), ...lines.slice(4)].join('\n'), 'its digest is another one'],
  ['another row', text.replace('plant:7"', 'plant:8"'), 'its digest is another one'],
  ['more than it', `${text}{}\n`, 'something follows the end'],
  ['another version', text.replace('"version":1', '"version":2'), 'has version 2, read here: 1'],
  ['another file', '{"bikeId":"x"}\n', 'no memory of a fleet'],
  ['a row that is none', `${lines[0]}\n{"table":1}\n`, 'row 1 of the file is none'],
])('%s is refused', async (_, content, fault) => {
  await expect(read(content)).rejects.toThrow(fault)
})

test('a line that does not end fills no memory', async () => {
  await expect(read('x'.repeat(17 * 1024 * 1024), 1024 * 1024)).rejects.toThrow('a line that is too long')
})
