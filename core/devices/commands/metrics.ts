// Metrics of the service commands, beside those that every worker has.
import { Counter, Gauge, type Registry } from 'prom-client'
import type { PublishOutcome } from '../../engines/rabbitmq/port.ts'
import type { SettingsOutcome } from '../settings/plan.ts'
import type { Disposal, ReportOutcome } from './plan.ts'
import type { PurgeStore } from './port.ts'

export interface CommandMetrics {
  /** A command was due, and this was done with it. */
  due(disposal: Disposal): void
  /** A command was given to the broker, and this came of it. */
  handedOver(outcome: PublishOutcome): void
  /** A bike reported, and this came of it. */
  reported(outcome: ReportOutcome): void
  /** A bike reported how it is set, and this came of it. */
  settingsReported(outcome: SettingsOutcome): void
}

interface Shown {
  readonly purges: Pick<PurgeStore, 'oldestMs'>
  /** When the key that signs commands ends, Unix milliseconds. */
  readonly keyEndsAtMs: number
}

export function createCommandMetrics(registry: Registry, { purges, keyEndsAtMs }: Shown): CommandMetrics {
  const due = new Counter({
    name: 'commands_due_total',
    help: 'Commands that were due: handed over, waiting for a bike that sleeps, or ended because the bike is disputed',
    labelNames: ['disposal'],
    registers: [registry],
  })
  const handedOver = new Counter({
    name: 'commands_handed_over_total',
    help: 'Commands that were given to the broker: stored for the bike, unroutable (it has no session), or refused',
    labelNames: ['outcome'],
    registers: [registry],
  })
  // A rate is known from the first one on only where there was a zero.
  for (const outcome of ['stored', 'unroutable', 'refused'] satisfies PublishOutcome[])
    handedOver.inc({ outcome }, 0)
  const reports = new Counter({
    name: 'commands_reports_total',
    help: 'Reports of bikes by what came of them; noted are those of commands that the platform had ended',
    labelNames: ['outcome'],
    registers: [registry],
  })
  const settings = new Counter({
    name: 'commands_settings_reports_total',
    help: 'Reports of bikes about their settings by what came of them',
    labelNames: ['outcome'],
    registers: [registry],
  })
  new Gauge({
    name: 'commands_signing_key_days',
    help: 'Days until the key that signs commands ends, and no module obeys any more',
    registers: [registry],
    collect() {
      this.set((keyEndsAtMs - Date.now()) / 86_400_000)
    },
  })
  new Gauge({
    name: 'commands_unpurged_seconds',
    help: 'Age of the oldest purge: commands of a bike were ended, and the broker may still hand one to the bike',
    registers: [registry],
    async collect() {
      const oldestMs = await purges.oldestMs().catch(() => undefined)
      if (oldestMs !== undefined) this.set(oldestMs / 1_000)
    },
  })
  return {
    due: (disposal) => due.inc({ disposal }),
    handedOver: (outcome) => handedOver.inc({ outcome }),
    reported: (outcome) => reports.inc({ outcome }),
    settingsReported: (outcome) => settings.inc({ outcome }),
  }
}
