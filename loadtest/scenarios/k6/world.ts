// What all virtual users of k6 share: the plan, the riders with their tokens, and the metrics.
import { SharedArray } from 'k6/data'
import { Counter, Trend } from 'k6/metrics'
import type { HostileRequest, KeptUpload, LoadBike, LoadPlan, LoadRider } from '../plan.ts'

const folder = __ENV.LOAD_FOLDER ?? ''

export const plan = JSON.parse(open(`${folder}/plan.json`)) as LoadPlan

const shared = <T>(name: string) =>
  new SharedArray<T>(name, () => JSON.parse(open(`${folder}/${name}`)) as T[])

export const riders = shared<LoadRider>(plan.ridersFile)
export const kept = shared<KeptUpload>(plan.keptFile)
export const hostile = shared<HostileRequest>(plan.hostileFile)

export const metrics = {
  /** Of each attempt, tagged with flow, status and reason. */
  uploadMs: new Trend('upload_ms', true),
  samplesAccepted: new Counter('samples_accepted'),
  /** Of attempts without an answer that counts: they may have been stored. */
  samplesInDoubt: new Counter('samples_in_doubt'),
  /** Asked to come later, with a hint when. */
  refused: new Counter('refused'),
  /** Hostile requests that got their documented answer, by kind. */
  refusedAsDocumented: new Counter('refused_as_documented'),
  /** No answer, a fault of the edge, or asked to come later without a hint. */
  fallen: new Counter('fallen'),
  wrongAnswers: new Counter('wrong_answers'),
  /** Of the scenarios' own code; k6 itself would only log them. */
  exceptions: new Counter('exceptions'),
  /** Uploads that a phone still keeps because of its bound. */
  leftInPhones: new Counter('left_in_phones'),
}

/** Bikes in turn, each rider's after those of all other riders. */
export function bikeOf(turn: number): { rider: number; bike: LoadBike; round: number } {
  const rider = turn % riders.length
  const lap = Math.floor(turn / riders.length)
  const { bikes } = riders[rider] as LoadRider
  return { rider, bike: bikes[lap % bikes.length] as LoadBike, round: Math.floor(lap / bikes.length) }
}
