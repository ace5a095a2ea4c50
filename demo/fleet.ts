// Bikes from plants, from their statements to their riders: intake, findings, a review, and telemetry that waited for it.

import type { BikeEntity } from '../proto/gen/mobility/fleet/v1/bike_pb.js'
import type { Ledger } from '../testkit/books.ts'
import {
  claim,
  decideAll,
  type FleetScene,
  rideHeldBike,
  type ShownFinding,
  swapInSilence,
  tellAll,
  waitUntilSettled,
} from './fleet-acts.ts'
import { type FleetPlan, planFleet } from './fleet-plan.ts'
import { createStaff } from './staff.ts'

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
  /** Samples of both buyers that the edge accepted. */
  readonly accepted: number
}

export async function bringBikesFromPlants({
  progress,
  ...given
}: Pick<FleetScene, 'environment' | 'engines' | 'sender' | 'signal'> & {
  readonly progress: <T>(what: string, work: () => Promise<T>) => Promise<T>
}): Promise<FleetResult> {
  const { environment, engines, signal } = given
  const nowMs = Date.now()
  const plan = planFleet(nowMs)
  const { API_URL: apiUrl = '', TOKEN_URL: tokenUrl = '' } = environment.env
  const scene = { ...given, plan, nowMs, staff: createStaff({ apiUrl, tokenUrl, signal }) }

  const what = `plants and OEMs tell of ${plan.bikes.length} bikes, in ${plan.told} statements and rows`
  await progress(what, () => tellAll(scene))
  const before = await engines.statements()
  const rode = await progress('its buyer rides a bike that is not believed yet', () => rideHeldBike(scene))
  const swap = await progress('a bike carries another battery than on paper; the workshop explains it', () =>
    swapInSilence(scene),
  )
  const accepted = rode.samples + swap.samples
  const decided = await progress(
    'service staff correct the mistyped number and believe the plants; the buyer claims the bike',
    async () => {
      const shown = await decideAll(scene)
      await claim(scene, plan.mistyped.bike)
      await waitUntilSettled(scene, accepted)
      return shown
    },
  )
  const after = await engines.statements()
  const { openWitnessFindings, ...masterData } = await engines.masterData()
  return {
    plan,
    findings: [...decided, swap.shown],
    held: { before: before.held ?? 0, after: after.held ?? 0 },
    // The workshop's word was applied meanwhile, too.
    released: (after.applied ?? 0) - (before.applied ?? 0) - 1,
    unreadableRows: before.refused ?? 0,
    masterData,
    openWitnessFindings,
    entities: await engines.bikeEntities(),
    rode: { bikeId: plan.mistyped.bike.bikeId, ...rode },
    ledger: await engines.buyersLedger(),
    accepted,
  }
}
