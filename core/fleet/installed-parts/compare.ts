// Compares what a bike reports of its parts with what the records say: the differences are findings. Pure.
import type {
  Difference,
  FindingChanges,
  InstalledPartReason,
  OpenFinding,
  PartReport,
  PartsOnRecord,
  Stay,
  StoredReport,
} from './port.ts'

const reasonList: Readonly<Record<InstalledPartReason, true>> = {
  undocumented_swap: true,
  part_unregistered: true,
  part_of_another_bike: true,
}
export const installedPartReasons = Object.keys(reasonList)

/** A report, and the type of the components that go into its slot. */
export interface TypedReport extends PartReport {
  readonly type: string
}

/** The records that a report is compared with. */
export interface PartRecords {
  /** Without a model nobody says what the bike carries: it was registered by hand. */
  readonly hasModel: boolean
  /** The component that the serial number means; undefined when no record knows it. */
  readonly componentId: string | undefined
  /** In the slot, over time. */
  readonly inSlot: readonly Stay[]
  /** Places of that component, over time. */
  readonly ofComponent: readonly Stay[]
}

/** Where the model does not say, the slot's name tells the type: `battery_2` → `battery`. */
export const typeOfSlot = (slot: string) => slot.replace(/_\d+$/, '')

export const typeIn = ({ slot, slotType }: Pick<StoredReport, 'slot' | 'slotType'>) =>
  slotType ?? typeOfSlot(slot)

/**
 * Closes findings that are no difference any more, and opens those that are new. A difference that is reported again is the
 * same finding.
 *
 *     open: undocumented_swap in slot battery; records: the reported battery is there now → close it, open none
 */
export function reconcileParts(
  { openFindings, reports, components, stays }: PartsOnRecord,
  explainedBy: ReadonlyMap<string, string>,
): FindingChanges {
  // A component's own number comes last: it counts more than another component's alias.
  const inOrder = components.toSorted((a, b) => Number(b.isAlias) - Number(a.isAlias))
  const ids = new Map(inOrder.map((each) => [nameOf(each), each.componentId]))
  const differences = reports.flatMap((stored) => {
    const report = { ...stored, type: typeIn(stored) }
    const componentId = ids.get(nameOf(report))
    const records = {
      hasModel: stored.hasModel,
      componentId,
      inSlot: stays.filter(({ bikeId, slot }) => bikeId === stored.bikeId && slot === stored.slot),
      ofComponent: stays.filter((stay) => stay.componentId === componentId),
    }
    return differenceOf(report, records) ?? []
  })
  const ours = openFindings.filter(({ reason }) => Object.hasOwn(reasonList, reason))
  const known = new Set(ours.map(keyOf))
  const found = new Set(differences.map(keyOf))
  return {
    close: ours
      .filter((finding) => !found.has(keyOf(finding)))
      .map(({ findingId, bikeId }) => ({ findingId, closedBy: explainedBy.get(bikeId) ?? '' })),
    open: differences.filter((difference) => !known.has(keyOf(difference))),
  }
}

const nameOf = ({ type, serialNumber }: { type: string; serialNumber: string }) => `${type}:${serialNumber}`

const keyOf = ({ reason, bikeId, subject, evidence }: Omit<OpenFinding, 'findingId'>) =>
  JSON.stringify([reason, bikeId, subject, evidence.reported, evidence.recorded, evidence.otherBike])

/**
 * Undefined where report and records agree: the component is in the slot when the bike says so, or came in later by the
 * records, since workshops write things down in the evening.
 */
export function differenceOf(report: TypedReport, records: PartRecords): Difference | undefined {
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
  reason: InstalledPartReason,
  report: TypedReport,
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
