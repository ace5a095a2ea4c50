// Bikes from plants, from their statements to their riders: intake, findings, a review, and telemetry that waited for it.
import type { BikeEntity } from '../proto/index.ts'
import { carriedAt } from '../simulator/manufacturing/index.ts'
import { imbalances, type Ledger, total } from './books.ts'
import { buyersRide } from './buyers.ts'
import type { Engines } from './engines.ts'
import { type FleetPlan, filePlant, planFleet } from './fleet-plan.ts'
import type { PlannedRide } from './plan.ts'
import { takeInFiles, tellStatements } from './plants.ts'
import type { Sender } from './sender.ts'
import { createStaff, type Staff } from './staff.ts'
import type { Stage } from './stage.ts'
import { waitUntil } from './wait.ts'

/** What was doubtful, and how it ended. */
export interface ShownFinding {
  readonly reason: string
  readonly detail: string
  readonly end: string
}

export interface FleetResult {
  readonly plan: FleetPlan
  readonly findings: readonly ShownFinding[]
  /** Statements that waited for a reviewer, before the review and after it. */
  readonly held: { readonly before: number; readonly after: number }
  /** Statements that the correction brought to be applied. */
  readonly released: number
  /** Of the battery plant's file. */
  readonly unreadableRows: number
  readonly masterData: { readonly bikes: number; readonly components: number }
  readonly openWitnessFindings: number
  readonly entities: readonly BikeEntity[]
  /** Samples of the rider whose bike was held: sent, in quarantine before the review. */
  readonly rode: { readonly bikeId: string; readonly samples: number; readonly waited: number }
  readonly ledger: Ledger
  readonly accepted: number
}

interface Scene {
  readonly stage: Stage
  readonly engines: Engines
  readonly sender: Sender
  readonly progress: <T>(what: string, work: () => Promise<T>) => Promise<T>
  readonly signal: AbortSignal
}

const bounds = { withinMs: 60_000, everyMs: 250 }

export async function bringBikesFromPlants(scene: Scene): Promise<FleetResult> {
  const { stage, engines, progress, signal } = scene
  const nowMs = Date.now()
  const plan = planFleet(nowMs)
  const staff = createStaff({ apiUrl: stage.env.API_URL ?? '', tokenUrl: stage.env.TOKEN_URL ?? '', signal })
  const wait = (missing: () => Promise<string[]>) => waitUntil(missing, { ...bounds, signal })
  const heldIs = (count: number) => async () => {
    const { held = 0 } = await engines.statements()
    return held === count ? [] : [`${held} statements are held, not ${count}`]
  }

  await progress(
    `plants and OEMs tell of ${plan.bikes.length} bikes, in ${plan.told} statements and rows`,
    async () => {
      await tellStatements(stage, plan.statements)
      await takeInFiles(stage, { source: filePlant, files: plan.files, signal })
      await wait(allJudged(engines, plan))
      await wait(heldIs(plan.held))
    },
  )
  const before = await engines.statements()
  const { bike } = plan.mistyped
  const waiting = buyersRide(bike, { parts: carriedAt(bike, nowMs), nowMs })
  const waited = await progress('its buyer rides a bike that is not believed yet', async () => {
    await uploadAll(scene, waiting)
    return waitForQuarantine(scene, waiting.samples)
  })
  const swap = await progress(
    'a bike carries another battery than on paper; the workshop writes it down later',
    () => explainSwap(scene, { plan, staff, nowMs }),
  )
  const { samples } = buyersRide(plan.silentSwap.bike, { parts: [], nowMs })
  const accepted = waiting.samples + samples
  const decided = await progress(
    'service staff decide: one correction, and the plants are right',
    async () => {
      const findings = await decideAll(staff, plan)
      await wait(heldIs(0))
      await wait(async () => imbalances(await engines.buyersLedger(), accepted))
      await wait(async () => {
        const ledger = await engines.buyersLedger()
        const stored = total(ledger, 'search', 'stored')
        return stored === accepted ? [] : [`${stored} of ${accepted} samples of buyers are stored`]
      })
      return findings
    },
  )
  const after = await engines.statements()
  const { openWitnessFindings, ...masterData } = await engines.masterData()
  return {
    plan,
    findings: [...decided, swap],
    held: { before: before.held ?? 0, after: after.held ?? 0 },
    // The workshop's word was applied meanwhile, too.
    released: (after.applied ?? 0) - (before.applied ?? 0) - 1,
    unreadableRows: before.refused ?? 0,
    masterData,
    openWitnessFindings,
    entities: await engines.bikeEntities(),
    rode: { bikeId: bike.bikeId, samples: waiting.samples, waited },
    ledger: await engines.buyersLedger(),
    accepted,
  }
}

const allJudged = (engines: Engines, { told }: FleetPlan) => {
  return async () => {
    const known = Object.values(await engines.statements()).reduce((sum, count) => sum + count, 0)
    return known === told ? [] : [`${known} statements of ${told} are judged`]
  }
}

async function uploadAll({ sender }: Scene, ride: PlannedRide): Promise<void> {
  for (const delivery of ride.deliveries) await sender.send(ride, delivery)
}

/** Samples in quarantine when all that was sent is there. */
async function waitForQuarantine({ engines, signal }: Scene, samples: number): Promise<number> {
  let waited = 0
  const missing = async () => {
    waited = total(await engines.buyersLedger(), 'normalize', 'quarantined')
    return waited === samples ? [] : [`${waited} of ${samples} samples wait for their bike`]
  }
  await waitUntil(missing, { ...bounds, signal })
  return waited
}

async function explainSwap(
  scene: Scene,
  { plan, staff, nowMs }: { plan: FleetPlan; staff: Staff; nowMs: number },
): Promise<ShownFinding> {
  const { bike, parts, note } = plan.silentSwap
  const reason = 'undocumented_swap'
  let detail = ''
  const isOpen = async () => {
    const found = (await staff.findingsOf(bike.bikeId)).find((finding) => finding.reason === reason)
    detail = found?.detail ?? detail
    return found !== undefined
  }
  const { signal } = scene
  await uploadAll(scene, buyersRide(bike, { parts, nowMs }))
  await waitUntil(async () => ((await isOpen()) ? [] : ['nobody has noticed the battery']), {
    ...bounds,
    signal,
  })
  await tellStatements(scene.stage, [note])
  await waitUntil(async () => ((await isOpen()) ? ['the swap is not explained'] : []), { ...bounds, signal })
  return { reason, detail, end: 'closed by the workshop’s statement' }
}

/** What its own findings and the likeliest suggestion say is corrected; of contradictions, the plant is right. */
async function decideAll(staff: Staff, { mistyped, contradictions }: FleetPlan): Promise<ShownFinding[]> {
  const shown: ShownFinding[] = []
  for (const { eventId, findings } of await staff.held()) {
    const [finding] = findings.filter(({ reason }) => reason !== 'component_unknown')
    if (finding === undefined) continue
    if (eventId === mistyped.eventId) {
      const suggestion = (await staff.suggestions(eventId)).find(({ verdict }) => verdict === 'correct')
      if (suggestion?.correction === undefined)
        throw new Error('nothing is suggested for the mistyped number')
      const { correction, because } = suggestion
      await staff.decide(eventId, { verdict: 'correct', correction, reason: 'read from the label again' })
      shown.push({ ...finding, end: `corrected: ${because}` })
    } else if (contradictions.includes(eventId)) {
      await staff.decide(eventId, { verdict: 'reject', reason: 'the plant has built it' })
      shown.push({ ...finding, end: 'rejected' })
    }
  }
  return shown
}
