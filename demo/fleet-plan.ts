// Bikes from plants for the demonstration: what is said of them, with dirt, and what the platform must conclude. Pure.
import type { CarriedPart } from '../proto/index.ts'
import { createRandom } from '../simulator/index.ts'
import type { Component, Corrupted, MadeBike, Statement } from '../simulator/manufacturing/index.ts'
import {
  carriedAt,
  componentFile,
  corrupt,
  createSpeaker,
  makeBikes,
  partsAt,
  referenceTo,
  sayAbout,
  sayCatalogue,
} from '../simulator/manufacturing/index.ts'
import { storedId } from '../testkit/partners.ts'

export interface FleetPlan {
  readonly bikes: readonly MadeBike[]
  /** Of plants that speak for themselves. */
  readonly statements: readonly Statement[]
  /** The battery plant's CSV file, first half-written, then whole. */
  readonly files: readonly Uint8Array[]
  /** Statements that intake comes to know: each said once, the half-written row, and the one whose number is mangled. */
  readonly told: number
  /** The statement with a mistyped serial number, by the id under which it is stored, and the bike that it keeps from being registered. */
  readonly mistyped: { readonly eventId: string; readonly bike: MadeBike }
  /** Ids under which the statements of OEMs against the plants are stored. */
  readonly contradictions: readonly string[]
  /** A bike with another battery than on paper, and the workshop's word on it, which comes late. */
  readonly silentSwap: {
    readonly bike: MadeBike
    /** What the bike carries by now. */
    readonly parts: readonly CarriedPart[]
    readonly note: Statement
  }
  readonly components: number
  /** What must be in each bike in the end, as `slot serial number` in order, by bike id. */
  readonly parts: ReadonlyMap<string, readonly string[]>
  /** Statements that wait for a reviewer in the end: the doubtful ones and what hangs on their bikes. */
  readonly held: number
  /** Of those, what the correction of the mistyped one releases. */
  readonly released: number
}

const seed = 18
const bikeCount = 36
/** Its system writes CSV files. */
export const filePlant = 'plant:komarom'
const day = 86_400_000
const rates = {
  typo: 0.03,
  contradiction: 0.04,
  part_missing: 0.04,
  said_again: 0.2,
  late: 0.03,
  repeated: 0.05,
}

export function planFleet(nowMs: number): FleetPlan {
  const startMs = nowMs - 300 * day
  const bikes = makeBikes({ bikes: bikeCount, seed, startMs, batchSize: 12, exchanges: 0.1 })
  const { statements, corrupted } = corrupt(sayAbout(bikes, { seed }), { seed, rates })
  const written = statements.filter(isInFile)
  const spoken = [
    ...sayCatalogue({ seed, atMs: startMs }),
    ...statements.filter((statement) => !isInFile(statement)),
  ]
  const file = componentFile(written)
  const storedIds = new Map(statements.map((said) => [said.eventId, storedId(said)]))
  const doubtful = theOnly(corrupted.filter(({ kind }) => kind === 'typo'))
  const bike = bikes.find(({ frameNumber }) => frameNumber === doubtful.frameNumber) as MadeBike
  const contradictions = corrupted
    .filter(({ kind }) => kind === 'contradiction')
    .map(({ eventId }) => storedIds.get(eventId) as string)
  const silentSwap = planSwap(bikes, { nowMs, without: bike })
  const incomplete = corrupted
    .filter(({ kind }) => kind === 'part_missing')
    .map(({ frameNumber }) => frameNumber)
  const released = new Set(statements.filter((said) => isAbout(said, bike)).map(({ eventId }) => eventId))
    .size
  return {
    bikes,
    statements: spoken,
    files: [file.subarray(0, Math.floor(file.length / 2)), file],
    told: new Set([...spoken, ...written].map(({ eventId }) => eventId)).size + 2,
    mistyped: { eventId: storedIds.get(doubtful.eventId) as string, bike },
    contradictions,
    silentSwap,
    components: bikes.reduce((sum, { parts, exchanges }) => sum + parts.length + exchanges.length, 0),
    parts: new Map(
      bikes.map((each) => {
        const carried = each === silentSwap.bike ? silentSwap.parts : carriedAt(each, nowMs)
        const said = carried.filter(
          ({ slot }) => !(slot === 'display' && incomplete.includes(each.frameNumber)),
        )
        return [each.bikeId, said.map(({ slot, serialNumber }) => `${slot} ${serialNumber}`).sort()]
      }),
    ),
    held: released + contradictions.length,
    released,
  }
}

function theOnly(mistyped: readonly Corrupted[]): Corrupted {
  const [only, ...others] = mistyped
  if (only === undefined || others.length > 0) throw new Error('the plan wants one mistyped serial number')
  return only
}

function isInFile({ source, componentProduced }: Statement): boolean {
  return source === filePlant && componentProduced !== undefined
}

function isAbout(said: Statement, { frameNumber }: MadeBike): boolean {
  const about = said.bikeProduced ?? said.bikeDelivered ?? said.bikeSold ?? said.componentSwapped
  return about?.frameNumber === frameNumber
}

/** A battery that was taken out of one bike comes into another, and the workshop writes it down afterwards. */
function planSwap(
  bikes: readonly MadeBike[],
  { nowMs, without }: { nowMs: number; without: MadeBike },
): FleetPlan['silentSwap'] {
  const battery = bikes.flatMap(({ exchanges }) => exchanges)[0]?.removed
  const bike = bikes.find((each) => each.exchanges.length === 0 && each !== without)
  if (battery === undefined || bike === undefined) throw new Error('the plan wants a battery to spare')
  const removed = partsAt(bike, nowMs).find(({ type }) => type === 'battery') as Component
  const say = createSpeaker(createRandom(seed).fork('silent swap'))
  const { frameNumber } = bike
  const swap = {
    slot: 'battery',
    removed: referenceTo(removed),
    installed: referenceTo(battery),
    reason: 'range',
  }
  const origin = { source: 'service:lyon', atMs: nowMs - 2 * day }
  const parts = carriedAt(bike, nowMs).map((part) =>
    part.slot === 'battery' ? { ...part, serialNumber: battery.serialNumber } : part,
  )
  return { bike, parts, note: say('componentSwapped', { frameNumber, ...swap }, origin) }
}
