// Records of Kafka and a producer without Kafka, for unit tests of workers.
import { type Logger, pino } from 'pino'
import type { KafkaRecord, OutgoingRecord, RecordProducer } from '../core/engines/kafka/port.ts'

/** Values as one partition of a topic holds them, one after the other. */
export function recordsOf(
  values: readonly (Uint8Array | null)[],
  { topic = 'topic', key = null }: { topic?: string; key?: Uint8Array | null } = {},
): KafkaRecord[] {
  return values.map((value, i) => ({
    topic,
    partition: 0,
    offset: BigInt(i),
    key: key && Buffer.from(key),
    value: value && Buffer.from(value),
    timestampMs: 1_000 + i,
  }))
}

export interface FakeProducer extends RecordProducer {
  readonly sent: OutgoingRecord[]
}

/** Writes `sent TOPIC …` into `log`. `fail` may throw instead. */
export function fakeProducer(log: string[] = [], fail: () => void = () => undefined): FakeProducer {
  const sent: OutgoingRecord[] = []
  return {
    sent,
    async send(records) {
      fail()
      sent.push(...records)
      log.push(['sent', ...records.map(({ topic }) => topic)].join(' '))
    },
    close: async () => undefined,
  }
}

/** A log whose lines, as objects, are in `lines`. */
export function fakeLog(): { log: Logger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = []
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  return { log, lines }
}
