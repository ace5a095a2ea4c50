// Statements of plants, OEMs and workshops in the JSON mapping of manufacturing.proto. Times are ISO 8601, in UTC.

interface ComponentReference {
  readonly type: string
  readonly serialNumber: string
}

export interface FittedPart {
  readonly slot: string
  readonly component: ComponentReference
}

export interface Slot {
  readonly slot: string
  readonly type: string
  readonly required: boolean
}

/** What can be said, by the field of the envelope. */
export interface StatementContents {
  componentTypeDefined: {
    readonly type: string
    readonly name: string
    readonly serialPattern: string
    readonly checkDigit: 'CHECK_DIGIT_NONE' | 'CHECK_DIGIT_LUHN' | 'CHECK_DIGIT_MOD_37_36'
    readonly firstFaultCode?: number
    readonly lastFaultCode?: number
  }
  bikeModelDefined: {
    readonly modelId: string
    readonly name: string
    readonly slots: readonly Slot[]
    readonly producedFrom: string
  }
  componentProduced: {
    readonly component: ComponentReference
    readonly hardwareRevision: string
    readonly firmwareRevision: string
    readonly batch: string
    readonly plant: string
    readonly producedAt: string
  }
  bikeProduced: {
    readonly bikeId: string
    readonly frameNumber: string
    readonly modelId: string
    readonly plant: string
    readonly oem: string
    readonly producedAt: string
    readonly parts: readonly FittedPart[]
  }
  componentSwapped: {
    readonly frameNumber: string
    readonly slot: string
    readonly removed: ComponentReference
    readonly installed: ComponentReference
    readonly reason: string
  }
  bikeDelivered: { readonly frameNumber: string; readonly deliveredAt: string }
  bikeSold: {
    readonly frameNumber: string
    readonly soldAt: string
    /** Of the code on the receipt, in base64. */
    readonly claimCodeSha256: string
  }
}

export type StatementKind = keyof StatementContents

interface Envelope {
  readonly version: 1
  /** UUID. */
  readonly eventId: string
  /** "plant:{name}", "oem:{name}" or "service:{name}". */
  readonly source: string
  readonly occurredAt: string
}

export type Statement<K extends StatementKind = StatementKind> = Envelope & {
  readonly [Kind in K]?: StatementContents[Kind]
}

/** The record of manufacturing.events, and its key: what the statement is about. */
export function statementRecord(statement: Statement): { key: string; value: string } {
  return { key: subjectOf(statement), value: JSON.stringify(statement) }
}

function subjectOf(said: Statement): string {
  const framed = said.bikeProduced ?? said.componentSwapped ?? said.bikeDelivered ?? said.bikeSold
  return (
    framed?.frameNumber ??
    said.componentProduced?.component.serialNumber ??
    said.bikeModelDefined?.modelId ??
    said.componentTypeDefined?.type ??
    ''
  )
}
