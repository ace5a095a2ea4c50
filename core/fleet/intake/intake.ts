// Reads a file of a plant or an OEM into manufacturing.events, batch by batch, and remembers how far it came.
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import type { OutgoingRecord, RecordProducer } from '../../engines/kafka/port.ts'
import { type Sealing, sealedRecord } from '../statements/seal.ts'
import { decode, type KnownEncoding, linesOf } from './lines.ts'
import type { Mapping } from './mapping.ts'
import type { FileKey, IntakeFiles } from './port.ts'
import { createRowReader, type RowReader } from './read-row.ts'
import { type Row, rowsOf } from './rows.ts'

export interface IntakeFile extends FileKey {
  readonly mapping: Mapping
  readonly encoding: KnownEncoding
  readonly chunks: AsyncIterable<Uint8Array>
}

export interface IntakeSummary {
  /** In the whole file, without its header. */
  readonly rows: number
  /** Read in an earlier attempt. */
  readonly skipped: number
  readonly statements: number
  readonly unreadable: number
  /** The first of them, with what is wrong: `line 7: Fertigung: "morgen" is no date`. */
  readonly faults: readonly string[]
}

export interface IntakeDeps {
  readonly files: Pick<IntakeFiles, 'record'>
  readonly producer: Pick<RecordProducer, 'send'>
  readonly topic: string
  /** The key of the file's source. */
  readonly sealing: Sealing
  /** Told after each batch. */
  readonly onProgress: (summary: IntakeSummary) => void
}

const rowsPerBatch = 500
const faultsShown = 10
const nothing: IntakeSummary = { rows: 0, skipped: 0, statements: 0, unreadable: 0, faults: [] }

/**
 * Skips the first `rowsRead` rows. A row counts as read when Kafka has all of its statements. Rejects before anything is sent where
 * none of the first rows can be read: then mapping and file do not belong together, and every row would wait for a person.
 */
export async function sendFile(file: IntakeFile, rowsRead: number, deps: IntakeDeps): Promise<IntakeSummary> {
  const { files, producer, onProgress } = deps
  let summary = nothing
  let batch: OutgoingRecord[] = []
  const flush = async (finished: boolean) => {
    const { rows, unreadable, faults } = summary
    if (rows > 0 && unreadable === rows)
      throw new Error(`no row of the first ${rows} can be read, nothing is sent:\n${faults.join('\n')}`)
    await producer.send(batch)
    batch = []
    await files.record(file, { rowsRead: summary.rows, finished })
    onProgress(summary)
  }
  for await (const { row, reader } of readableRows(file)) {
    if (summary.rows < rowsRead) {
      summary = { ...summary, rows: summary.rows + 1, skipped: summary.skipped + 1 }
      continue
    }
    const statements = reader.read(row)
    summary = counted(summary, row, statements)
    batch.push(...statements.map((statement) => sealedRecord(statement, deps)))
    if (summary.rows % rowsPerBatch === 0) await flush(false)
  }
  await flush(true)
  return summary
}

/** What a file says, row by row, without sending it anywhere; each time with the summary until then. */
export async function* statementsIn(
  file: IntakeFile,
): AsyncGenerator<{ statements: readonly ManufacturingEvent[]; summary: IntakeSummary }> {
  let summary = nothing
  for await (const { row, reader } of readableRows(file)) {
    const statements = reader.read(row)
    summary = counted(summary, row, statements)
    yield { statements, summary }
  }
}

async function* readableRows(file: IntakeFile): AsyncGenerator<{ row: Row; reader: RowReader }> {
  const { source, name, mapping, chunks, encoding } = file
  let reader = mapping.header
    ? undefined
    : createRowReader({ source, file: name, mapping, header: undefined })
  for await (const row of rowsOf(linesOf(decode(chunks, encoding)), mapping)) {
    if (reader !== undefined) yield { row, reader }
    else if (row.faults.length > 0) throw new Error(`the header cannot be read: ${row.faults.join('; ')}`)
    else reader = createRowReader({ source, file: name, mapping, header: row.cells })
  }
  if (reader === undefined) throw new Error('the file has no header')
}

function counted(before: IntakeSummary, row: Row, statements: readonly ManufacturingEvent[]): IntakeSummary {
  const found = statements.flatMap(({ event }) => (event.case === 'unreadableRow' ? event.value.faults : []))
  const { rows, unreadable, faults } = before
  const isShown = found.length > 0 && faults.length < faultsShown
  return {
    ...before,
    rows: rows + 1,
    statements: before.statements + statements.length,
    unreadable: unreadable + (found.length > 0 ? 1 : 0),
    faults: isShown ? [...faults, `line ${row.line}: ${found.join('; ')}`] : faults,
  }
}
