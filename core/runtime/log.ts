// The structured log of a core process: JSON lines on standard output, in the order in which its services wrote them.
import { type Logger, pino } from 'pino'

/** Written at once: a crash loses no line. */
const standardOutput = pino.destination({ fd: 1, sync: true })

export function createLog(service: string, level: string): Logger {
  return pino({ level, base: { service } }, standardOutput)
}
