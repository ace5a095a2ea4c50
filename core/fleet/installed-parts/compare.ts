// What a bike says it carries against what the records say: the differences are findings. Pure.
import type { WitnessReason } from '../judging/findings.ts'

/** The newest word of a bike about a slot. */
export interface PartReport {
  readonly bikeId: string
  readonly slot: string
  /** Of components that go into the slot. */
  readonly type: string
  readonly serialNumber: string
  readonly toldAtMs: number
  readonly trackId: string
}

/** A place where a component is or was, [fromMs, untilMs). */
export interface Stay {
  readonly bikeId: string
  readonly slot: string
  readonly componentId: string
  readonly serialNumber: string
  readonly fromMs: number
  readonly untilMs: number
}

/** What the records say that a report can be compared with. */
export interface PartRecords {
  /** Of bikes that were registered by hand nobody says what they carry. */
  readonly hasModel: boolean
  /** The component that the serial number means; undefined when no record knows it. */
  readonly componentId: string | undefined
  /** In the slot, over time. */
  readonly inSlot: readonly Stay[]
  /** Of that component, over time. */
  readonly ofComponent: readonly Stay[]
}

export interface Difference {
  readonly reason: WitnessReason
  readonly bikeId: string
  /** The slot. */
  readonly subject: string
  readonly componentId: string | undefined
  /** For people. */
  readonly detail: string
  readonly evidence: Readonly<Record<string, string>>
}

/** Undefined where report and records agree: the component is in the slot when the bike says so, or came in later by the records. */
export function differenceOf(report: PartReport, records: PartRecords): Difference | undefined {
  const { componentId, inSlot, ofComponent } = records
  const agreed = inSlot.some((stay) => stay.componentId === componentId && stay.untilMs > report.toldAtMs)
  if (componentId !== undefined && agreed) return undefined
  const elsewhere = ofComponent.find((stay) => stay.bikeId !== report.bikeId && covers(stay, report.toldAtMs))
  if (elsewhere !== undefined) return difference('part_of_another_bike', report, { records, elsewhere })
  if (!records.hasModel) return undefined
  return difference(componentId === undefined ? 'part_unregistered' : 'undocumented_swap', report, {
    records,
  })
}

function difference(
  reason: WitnessReason,
  report: PartReport,
  { records, elsewhere }: { records: PartRecords; elsewhere?: Stay },
): Difference {
  const { bikeId, slot, type, serialNumber, toldAtMs, trackId } = report
  const recorded = records.inSlot.find((stay) => covers(stay, toldAtMs))?.serialNumber
  const known = {
    undocumented_swap: 'which the records do not have there',
    part_unregistered: 'which no record knows',
    part_of_another_bike: `which the records have in bike ${elsewhere?.bikeId}`,
  }[reason]
  return {
    reason,
    bikeId,
    subject: slot,
    componentId: records.componentId,
    detail: `the bike carries ${type} ${serialNumber} in slot ${slot}, ${known}; they have ${recorded ?? 'nothing'} in the slot`,
    evidence: {
      slot,
      reported: serialNumber,
      recorded: recorded ?? '',
      toldAt: new Date(toldAtMs).toISOString(),
      trackId,
      ...(elsewhere && { otherBike: elsewhere.bikeId }),
    },
  }
}

function covers({ fromMs, untilMs }: Stay, timeMs: number): boolean {
  return fromMs <= timeMs && timeMs < untilMs
}
