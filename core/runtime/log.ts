// The structured log of every core process: JSON lines on standard output.
import { type Logger, pino } from 'pino'

export function createLog(service: string, level: string): Logger {
  return pino({ level, base: { service } })
}
