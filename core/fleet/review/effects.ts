// Who gains and who loses by a decision. What touches ownership takes two members of staff. Pure.
import type { Effect } from '../../staff/approvals/port.ts'
import type { Change } from '../judging/changes/changes.ts'
import type { JudgedStatement } from '../judging/port.ts'

/**
 * Empty where a decision leaves alone whose bikes are. A sale that counts lets somebody claim a bike; a bike that is owned and
 * is said to be another one is taken from its owner.
 *
 *     a sale of bike 0193… with the code's hash ab12…
 *       → [{who: 'whoever shows the code with SHA-256 ab12…', change: 'gains', what: 'bike 0193…, by a claim'}]
 */
export function effectsOf({ event, state, changes }: Pick<JudgedStatement, 'event' | 'state' | 'changes'>) {
  if (state !== 'applied') return []
  const said = event.event.case
  const effects = changes.flatMap((change) => effectOf(change, said))
  if (said === 'bikeSold' && effects.length === 0) {
    return [effect('whoever gets a code for this sale', 'gains', 'a bike that is sold, by a claim')]
  }
  return effects
}

function effectOf(change: Change, said: string | undefined): Effect[] {
  if (change.kind === 'issue_code') {
    const who = `whoever shows the code with SHA-256 ${change.codeSha256}`
    return [effect(who, 'gains', `bike ${change.bikeId}, by a claim`)]
  }
  if (change.kind !== 'change_bike' || said !== 'bikeProduced' || !change.bike.isOwned) return []
  const { bikeId, frameNumber } = change.bike
  return [effect(`the owner of bike ${bikeId}`, 'loses', `what it was: it becomes frame ${frameNumber}`)]
}

const effect = (who: string, change: Effect['change'], what: string): Effect => ({ who, change, what })

/** Order and words count; how a store keeps them does not. */
export function areSameEffects(some: readonly Effect[], others: readonly Effect[]): boolean {
  const text = (effects: readonly Effect[]) =>
    JSON.stringify(effects.map(({ who, change, what }) => [who, change, what]))
  return text(some) === text(others)
}
