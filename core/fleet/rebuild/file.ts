// The file of a fleet's memory: JSON lines, a header first and a digest last, so that a file without its end is none.
import { z } from 'zod'
import { createHash } from '../../runtime/digest.ts'
import type { MemoryRow } from './port.ts'

const format = 'mobility-fleet-memory'
/** Another one when a table in it changes: rows of another version would be written wrongly. */
const version = 1

const headerLine = z.object({ format: z.literal(format), version: z.number() })
const rowLine = z.strictObject({ table: z.string(), row: z.record(z.string(), z.unknown()) })
const endLine = z.strictObject({ rows: z.number(), sha256: z.string() })

/** A decision holds a statement twice, in hexadecimal; no row is longer. */
const longestLineBytes = 16 * 1024 * 1024
const rowsAtOnce = 500

/** Text of the file, in the order of the calls: `begin`, any number of `rows`, `end`. */
export function createFileText() {
  const hash = createHash('sha256')
  let count = 0
  const hashed = (text: string) => {
    hash.update(text)
    return text
  }
  return {
    begin: (nowMs: number) => hashed(line({ format, version, exportedAt: new Date(nowMs).toISOString() })),
    rows(rows: readonly MemoryRow[]) {
      count += rows.length
      return hashed(rows.map(line).join(''))
    },
    end: () => line({ rows: count, sha256: hash.digest('hex') }),
  }
}

const line = (value: object) => `${JSON.stringify(value)}\n`

/** Reads the file back. Throws an Error for people, at the latest at its end: no row counts before that. */
export async function* rowsIn(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly MemoryRow[]> {
  const hash = createHash('sha256')
  let [hasHeader, isEnded] = [false, false]
  let count = 0
  let rows: MemoryRow[] = []
  for await (const bytes of linesIn(chunks)) {
    if (isEnded) throw new Error('something follows the end of the file')
    const told = parse(bytes)
    const end = endLine.safeParse(told)
    if (!hasHeader) {
      checkHeader(told)
      hasHeader = true
    } else if (end.success) {
      if (end.data.rows !== count || end.data.sha256 !== hash.digest('hex'))
        throw new Error('the file is not as it was written: its digest is another one')
      isEnded = true
      continue
    } else {
      const row = rowLine.safeParse(told)
      if (!row.success) throw new Error(`row ${count + 1} of the file is none`)
      rows.push(row.data)
      count++
    }
    hash.update(bytes)
    if (rows.length === rowsAtOnce) {
      yield rows
      rows = []
    }
  }
  if (!hasHeader) throw new Error('the file is empty')
  if (!isEnded) throw new Error('the file is truncated: its last line is missing')
  yield rows
}

function checkHeader(told: unknown): void {
  const header = headerLine.safeParse(told)
  if (!header.success) throw new Error('the file is no memory of a fleet')
  if (header.data.version !== version)
    throw new Error(`the file has version ${header.data.version}, read here: ${version}`)
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    throw new Error('the file is truncated, or no memory of a fleet: it has a line that is no JSON')
  }
}

/** With their line breaks. */
async function* linesIn(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest = Buffer.alloc(0)
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk])
    let from = 0
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', from)) {
      yield rest.subarray(from, end + 1)
      from = end + 1
    }
    rest = rest.subarray(from)
    if (rest.length > longestLineBytes) throw new Error('the file has a line that is too long')
  }
  if (rest.length > 0) yield rest
}
