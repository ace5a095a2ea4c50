// The readers of the pipeline's records: whatever bytes come, they throw an Error or give what the stores can hold. Pure.

import { readCleanRecord, readStoredRecord } from '../../core/telemetry/contracts/clean-samples.ts'
import { readOutcomeRecord } from '../../core/telemetry/ledger/outcome-record.ts'
import { readArrival } from '../../core/telemetry/normalize/records.ts'
import { readQuarantineRecord } from '../../core/telemetry/quarantine/quarantine-record.ts'
import type { RecordName } from './materials.ts'

/** PostgreSQL's integer. */
const largestInteger = 2 ** 31 - 1
const latestMs = 253_402_300_800_000

type Fault = string | undefined

const readers: Readonly<Record<RecordName, (bytes: Uint8Array) => Fault>> = {
  'raw-track': (bytes) => {
    const arrival = readArrival(bytes)
    return arrival.kind === 'track' ? timeFault(arrival.arrived.receivedAtMs) : undefined
  },
  'clean-track': (bytes) => clockFault(readCleanRecord(bytes)),
  'stored-track': (bytes) => clockFault(readStoredRecord(bytes)),
  'track-outcome': (bytes) => {
    const { acceptedSamples, deliveryTracks, trackIndex, counts, receivedAtMs } = readOutcomeRecord(bytes)
    const numbers = [acceptedSamples, deliveryTracks, trackIndex, ...counts.map(({ samples }) => samples)]
    return integerFault(numbers) ?? timeFault(receivedAtMs)
  },
  'quarantined-track': (bytes) => {
    const record = {
      topic: 'q',
      partition: 0,
      offset: 0n,
      timestampMs: 0,
      key: Buffer.alloc(16, 1),
      value: Buffer.from(bytes),
    }
    const { samples, quarantinedAtMs, detail, stage } = readQuarantineRecord(record)
    return integerFault([samples]) ?? timeFault(quarantinedAtMs) ?? textFault(detail + stage)
  },
}

/** What a store would refuse, in words; undefined, when it would not, or when the reader has refused the bytes. */
export function recordFault(name: RecordName, bytes: Uint8Array): Fault {
  try {
    return readers[name](bytes)
  } catch (error) {
    return isRefusal(error) ? undefined : `${name}: threw ${String(error)}`
  }
}

/** The library's decoder of text has a TypeError for what is none; any other is a defect of ours. */
function isRefusal(error: unknown): boolean {
  return error instanceof TypeError ? error.message.includes('utf-8') : error instanceof Error
}

function clockFault({ receivedAtMs, clockOffsetMs }: { receivedAtMs: number; clockOffsetMs: number }): Fault {
  return (
    timeFault(receivedAtMs) ??
    (Number.isSafeInteger(clockOffsetMs) ? undefined : `an offset of ${clockOffsetMs} ms`)
  )
}

function integerFault(numbers: readonly number[]): Fault {
  const wrong = numbers.find((number) => !(number >= 0 && number <= largestInteger))
  return wrong === undefined ? undefined : `a number of ${wrong}`
}

function timeFault(timeMs: number): Fault {
  return timeMs >= 0 && timeMs < latestMs ? undefined : `a time of ${timeMs}`
}

function textFault(text: string): Fault {
  return text.includes('\0') ? 'a text with a zero' : undefined
}
