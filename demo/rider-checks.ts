// What must hold in the end of the rider's tours. Pure.
import { equations, total } from '../testkit/books.ts'
import { type Check, check } from '../testkit/check.ts'
import type { AskedRange, RidersResult } from './riders.ts'

export interface RidersReport {
  readonly rides: number
  /** Rides that a late piece joined to one. */
  readonly joined: number
  /** Tours whose consumption lay between P10 and P90 of what the rider was told before. */
  readonly rangeCovered: number
  /** Samples in the files that she took home. */
  readonly exported: number
}

const isCovered = ({ whPerKm, rodeWhPerKm }: AskedRange) =>
  rodeWhPerKm >= whPerKm.p10 && rodeWhPerKm <= whPerKm.p90

export function ridersReport({ ridesListed, pieces, asked, exported }: RidersResult): RidersReport {
  const rangeCovered = asked.filter(isCovered).length
  return { rides: ridesListed, joined: pieces.rides, rangeCovered, exported: exported.samples }
}

/** `documents` are the samples of the rider's bike in Elasticsearch. */
export function checkRiders(result: RidersResult, documents: number): Check[] {
  const { tours, ridesListed, pieces, asked, exported, ledger } = result
  const samples = tours.tours.reduce((sum, { ride }) => sum + ride.samples, 0)
  return [
    check('tourist: rides in her list (API)', tours.tours.length, ridesListed),
    check('tourist: rides that a late piece joined', 2, pieces.rides),
    check('tourist: the old id of the second leads to the joined one (API)', true, pieces.oldIdLeadsOn),
    check(
      'tourist: what her answers about range rest on (API)',
      ['population', ...tours.tours.slice(1).map(() => 'personal')].join(' '),
      asked.map(({ basis }) => basis).join(' '),
    ),
    check(
      'tourist: rides with a known consumption (API)',
      asked.length,
      asked.filter(({ rodeWhPerKm }) => rodeWhPerKm > 0).length,
    ),
    check('tourist: samples in her export (API)', samples, exported.samples),
    check('tourist: files of it that differ from their manifest', 0, exported.broken),
    check('tourist: documents (Elasticsearch)', samples, documents),
    check('tourist: samples stored (ledger)', samples, total(ledger, 'search', 'stored')),
    ...equations(ledger, samples).map(({ what, left, right }) => check(`tourist: ${what}`, left, right)),
  ]
}
