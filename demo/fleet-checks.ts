// What must hold in the end of the bikes that plants told of. Pure.

import type { BikeEntity } from '../proto/gen/mobility/fleet/v1/bike_pb.js'
import { equations, total } from '../testkit/books.ts'
import { type Check, check } from '../testkit/check.ts'
import type { FleetResult } from './fleet.ts'

export interface FleetReport {
  readonly bikes: number
  readonly components: number
  /** Statements that waited for a reviewer. */
  readonly held: number
  /** Of those, how many the correction of one released. */
  readonly released: number
}

export function fleetReport({ masterData, held, released }: FleetResult): FleetReport {
  const { bikes, components } = masterData
  return { bikes, components, held: held.before, released }
}

/** `documents` are the samples in Elasticsearch of the bike that was held. */
export function checkFleet(result: FleetResult, documents: number): Check[] {
  const { plan, masterData, held, released, rode, ledger, accepted, entities } = result
  return [
    check('bikes that plants told of (PostgreSQL)', plan.bikes.length, masterData.bikes),
    check('components (PostgreSQL)', plan.components, masterData.components),
    check('half-written and mangled rows of CSV files, kept', 2, result.unreadableRows),
    check('statements held before the review', plan.held, held.before),
    check('statements released by the correction', plan.released, released),
    check('statements held after the review', 0, held.after),
    check(
      'bikes published with exactly their parts (Kafka)',
      plan.parts.size,
      countRight(plan.parts, entities),
    ),
    check('findings about parts that are still open', 0, result.openWitnessFindings),
    check('findings shown', plan.contradictions.length + 2, result.findings.length),
    check('buyer of the held bike: samples that waited', rode.samples, rode.waited),
    check('buyer of the held bike: documents (Elasticsearch)', rode.samples, documents),
    check('buyers: samples stored (ledger)', accepted, total(ledger, 'search', 'stored')),
    ...equations(ledger, accepted).map(({ what, left, right }) => check(`buyers: ${what}`, left, right)),
  ]
}

function countRight(
  expected: ReadonlyMap<string, readonly string[]>,
  entities: readonly Pick<BikeEntity, 'bikeId' | 'parts'>[],
): number {
  return entities.filter(({ bikeId, parts }) => {
    const published = parts.map(({ slot, serialNumber }) => `${slot} ${serialNumber}`).sort()
    return expected.get(bikeId)?.join() === published.join()
  }).length
}
