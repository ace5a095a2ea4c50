// What each kind of dirt does to a statement, and which statements it can befall.
import type { Random } from '../random.ts'
import { models } from './catalogue.ts'
import { isoTime, type Say } from './say.ts'
import type { FittedPart, Statement, StatementContents } from './statement.ts'

/** Each with the reason that must be found because of it; undefined where nothing must be noticed. */
export const dirtKinds = {
  /** The same statement once more, with the same id. */
  repeated: undefined,
  /** A component is told of after the bike it is in: held, until it is. */
  late: undefined,
  /** Statements overtake each other. */
  disordered: undefined,
  /** The OEM says of a bike what the plant has said. */
  said_again: 'said_before',
  /** A wrong digit in a serial number. */
  typo: 'check_digit',
  /** The OEM names another model than the plant. */
  contradiction: 'sources_contradict',
  part_missing: 'part_missing',
  /** A motor that an earlier bike has. */
  part_twice: 'component_elsewhere',
  /** Delivered before it was produced. */
  too_early: 'order_of_times',
} as const satisfies Record<string, string | undefined>

export type DirtKind = keyof typeof dirtKinds
interface Tools {
  readonly random: Random
  readonly say: Say
  /** The motor of a bike that came clean. */
  readonly earlier: FittedPart | undefined
}

type Corruptor = (clean: Statement, tools: Tools) => readonly { statement: Statement; delay: number }[]

/** How much later, in statements, something comes that comes late. */
const aWhile = 40.5

export const corruptors: Record<DirtKind, Corruptor> = {
  repeated: (clean) => [
    { statement: clean, delay: 0 },
    { statement: clean, delay: aWhile },
  ],
  late: (clean) => [{ statement: clean, delay: 4 * aWhile }],
  disordered: (clean, { random }) => [{ statement: clean, delay: random.between(0, 10) }],
  said_again: (clean, tools) => [
    { statement: clean, delay: 0 },
    { statement: byOem(clean, {}, tools), delay: aWhile },
  ],
  contradiction: (clean, tools) => {
    const other = models.find(({ modelId }) => modelId !== clean.bikeProduced?.modelId)
    return [
      { statement: clean, delay: 0 },
      { statement: byOem(clean, { modelId: other?.modelId ?? '' }, tools), delay: aWhile },
    ]
  },
  typo: (clean) =>
    changed(clean, (parts) => parts.map((part) => (part.slot === 'battery' ? mistyped(part) : part))),
  part_missing: (clean) => changed(clean, (parts) => parts.filter(({ slot }) => slot !== 'display')),
  part_twice: (clean, { earlier }) =>
    changed(clean, (parts) => parts.map((part) => (part.slot === 'motor' && earlier ? earlier : part))),
  too_early: (clean) => {
    const deliveredAt = isoTime(Date.parse(clean.occurredAt) - 365 * 86_400_000)
    const bikeDelivered = { frameNumber: frameOf(clean) ?? '', deliveredAt }
    return [{ statement: { ...clean, occurredAt: deliveredAt, bikeDelivered }, delay: 0 }]
  },
}

export const befalls: Record<DirtKind, (statement: Statement) => boolean> = {
  repeated: () => true,
  disordered: () => true,
  late: ({ componentProduced }) => componentProduced !== undefined,
  too_early: ({ bikeDelivered }) => bikeDelivered !== undefined,
  ...{ said_again: isBike, typo: isBike, contradiction: isBike, part_missing: isBike, part_twice: isBike },
}

function isBike({ bikeProduced }: Statement): boolean {
  return bikeProduced !== undefined
}

function changed(clean: Statement, change: (parts: readonly FittedPart[]) => readonly FittedPart[]) {
  const bike = clean.bikeProduced as StatementContents['bikeProduced']
  return [{ statement: { ...clean, bikeProduced: { ...bike, parts: change(bike.parts) } }, delay: 0 }]
}

function byOem(
  clean: Statement,
  change: Partial<StatementContents['bikeProduced']>,
  { say }: Tools,
): Statement {
  const bike = clean.bikeProduced as StatementContents['bikeProduced']
  const origin = { source: `oem:${bike.oem}`, atMs: Date.parse(clean.occurredAt) }
  return say('bikeProduced', { ...bike, ...change }, origin)
}

/** The fifth character from the end is another digit. */
export function mistyped({ slot, component }: FittedPart): FittedPart {
  const { serialNumber } = component
  const at = serialNumber.length - 5
  const digit = (Number(serialNumber[at]) + 3) % 10
  const wrong = serialNumber.slice(0, at) + digit + serialNumber.slice(at + 1)
  return { slot, component: { ...component, serialNumber: wrong } }
}

export const frameOf = (said: Statement) =>
  (said.bikeProduced ?? said.bikeDelivered ?? said.bikeSold ?? said.componentSwapped)?.frameNumber
