// What happens to the bikes from plants, act by act; each waits until the platform has noticed.

import { carriedAt, type MadeBike } from '../simulator/manufacturing/index.ts'
import { imbalances, total } from '../testkit/books.ts'
import type { Environment } from '../testkit/environment.ts'
import { claimBike } from '../testkit/platform/fleet.ts'
import { waitUntil } from '../testkit/wait.ts'
import { buyersRide } from './buyers.ts'
import type { Engines } from './engines.ts'
import { type FleetPlan, filePlant } from './fleet-plan.ts'
import type { PlannedRide } from './plan.ts'
import { takeInFiles, tellStatements } from './plants.ts'
import type { Sender } from './sender.ts'
import type { Staff } from './staff.ts'

export interface FleetScene {
  readonly environment: Environment
  readonly engines: Engines
  readonly sender: Sender
  readonly staff: Staff
  readonly plan: FleetPlan
  readonly nowMs: number
  readonly signal: AbortSignal
}

/** What was doubtful, and how it ended. */
export interface ShownFinding {
  readonly reason: string
  readonly detail: string
  readonly end: string
}

const wait = ({ signal }: FleetScene, missing: () => Promise<string[]>) =>
  waitUntil(missing, { withinMs: 60_000, everyMs: 250, signal })

export async function tellAll(scene: FleetScene): Promise<void> {
  const { environment, engines, plan, signal } = scene
  await tellStatements(environment, plan.statements)
  await takeInFiles(environment, { source: filePlant, files: plan.files, signal })
  await wait(scene, async () => {
    const states = await engines.statements()
    const known = Object.values(states).reduce((sum, count) => sum + count, 0)
    const held = states.held ?? 0
    if (known !== plan.told) return [`${known} statements of ${plan.told} are judged`]
    return held === plan.held ? [] : [`${held} statements are held, not ${plan.held}`]
  })
}

/** The buyer of the bike that is held rides; how many samples there are, and how many of them wait. */
export async function rideHeldBike(scene: FleetScene): Promise<{ samples: number; waited: number }> {
  const { plan, nowMs, engines } = scene
  const { bike } = plan.mistyped
  const ride = buyersRide(bike, { parts: carriedAt(bike, nowMs), nowMs })
  await uploadAll(scene, ride)
  let waited = 0
  await wait(scene, async () => {
    waited = total(await engines.buyersLedger(), 'normalize', 'quarantined')
    return waited === ride.samples ? [] : [`${waited} of ${ride.samples} samples wait for their bike`]
  })
  return { samples: ride.samples, waited }
}

/** A bike tells of a battery that nobody has written down yet; the workshop does so afterwards. */
export async function swapInSilence(scene: FleetScene): Promise<{ samples: number; shown: ShownFinding }> {
  const { environment, staff, plan, nowMs } = scene
  const { bike, parts, note } = plan.silentSwap
  const reason = 'undocumented_swap'
  let detail = ''
  const isOpen = async () => {
    const found = (await staff.findingsOf(bike.bikeId)).find((finding) => finding.reason === reason)
    detail = found?.detail ?? detail
    return found !== undefined
  }
  const ride = buyersRide(bike, { parts, nowMs })
  await claimBike(environment, bike)
  await uploadAll(scene, ride)
  await wait(scene, async () => ((await isOpen()) ? [] : ['nobody has noticed the battery']))
  await tellStatements(environment, [note])
  await wait(scene, async () => ((await isOpen()) ? ['the swap is not explained'] : []))
  return { samples: ride.samples, shown: { reason, detail, end: 'closed by the workshop’s statement' } }
}

/** The mistyped number is corrected as the platform suggests; of contradictions, the plant is right. */
export async function decideAll({ staff, plan }: FleetScene): Promise<ShownFinding[]> {
  const shown: ShownFinding[] = []
  for (const { eventId, findings } of await staff.held()) {
    const [finding] = findings
    if (finding === undefined) continue
    if (eventId === plan.mistyped.eventId) {
      const because = await correctAsSuggested(staff, eventId)
      shown.push({ ...finding, end: `corrected: ${because}` })
    } else if (plan.contradictions.includes(eventId)) {
      await staff.decide(eventId, { verdict: 'reject', reason: 'the plant has built it' })
      shown.push({ ...finding, end: 'rejected' })
    }
  }
  return shown
}

async function correctAsSuggested(staff: Staff, eventId: string): Promise<string> {
  const suggestion = (await staff.suggestions(eventId)).find(({ verdict }) => verdict === 'correct')
  if (suggestion?.correction === undefined) throw new Error('nothing is suggested for the mistyped number')
  const { correction, because } = suggestion
  await staff.decide(eventId, { verdict: 'correct', correction, reason: 'read from the label again' })
  return because
}

/** With the code of the receipt, once the sale counts. */
export async function claim({ environment }: FleetScene, bike: MadeBike): Promise<void> {
  await claimBike(environment, bike)
}

/** Nothing is held any more, and every sample of the buyers is stored. */
export async function waitUntilSettled(scene: FleetScene, samples: number): Promise<void> {
  const { engines } = scene
  await wait(scene, async () => {
    const { held = 0 } = await engines.statements()
    const ledger = await engines.buyersLedger()
    const stored = total(ledger, 'search', 'stored')
    return [
      ...(held === 0 ? [] : [`${held} statements are held`]),
      ...(stored === samples ? [] : [`${stored} of ${samples} samples of buyers are stored`]),
      ...imbalances(ledger, samples),
    ]
  })
}

async function uploadAll({ sender }: FleetScene, ride: PlannedRide): Promise<void> {
  for (const delivery of ride.deliveries) await sender.send(ride, delivery)
}
