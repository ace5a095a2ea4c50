// Hands the newest settings that owners wish for to bikes that are connected, as commands.
import type { Logger } from 'pino'
import { createLoop, type Loop } from '../../runtime/loop.ts'
import type { Watch } from '../../runtime/watch.ts'
import type { SettingsOutbox } from './port.ts'
import { planSettings } from './settings-plan.ts'

export interface SettingsDeliveryDeps {
  readonly outbox: SettingsOutbox
  /** Of queued commands, and of settings that are due. */
  readonly watch: Watch
  readonly log: Logger
}

const atOnce = 100
// For notifications that were lost.
const pollMs = 5_000

export function createSettingsDelivery({ outbox, watch, log }: SettingsDeliveryDeps): Loop {
  return createLoop({
    what: 'handing settings over',
    log,
    async round(signal) {
      const bikeIds = await outbox.due(atOnce)
      for (const bikeId of bikeIds) await outbox.handOver(bikeId, (due) => planSettings(bikeId, due))
      if (bikeIds.length === 0) await watch.next(pollMs, signal)
    },
  })
}
