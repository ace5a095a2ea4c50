// True statements made dirty as plants and OEMs do it, at given rates, and a list of what was done to which.
import { createRandom, type Random } from '../random.ts'
import { models } from './catalogue.ts'
import { createSpeaker, isoTime, type Say } from './say.ts'
import type { FittedPart, Sayings, Statement } from './statement.ts'

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
/** Share of the statements that each kind can befall. */
export type DirtRates = Readonly<Partial<Record<DirtKind, number>>>

export interface Soiled {
  readonly kind: DirtKind
  readonly eventId: string
  readonly frameNumber: string | undefined
}

export interface SoiledStatements {
  /** In the order in which they arrive. */
  readonly statements: readonly Statement[]
  readonly soiled: readonly Soiled[]
}

/** As an intake of good legacy plants looks. */
export const usualDirt: DirtRates = {
  ...{ repeated: 0.02, late: 0.01, disordered: 0.05, said_again: 0.1, typo: 0.01 },
  ...{ contradiction: 0.01, part_missing: 0.01, part_twice: 0.005, too_early: 0.005 },
}

export function soil(
  statements: readonly Statement[],
  { seed, rates = usualDirt }: { seed: number; rates?: DirtRates },
): SoiledStatements {
  const random = createRandom(seed).fork('dirt')
  const soiled: Soiled[] = []
  const tools = {
    random,
    say: createSpeaker(random.fork('ids')),
    earlier: undefined as FittedPart | undefined,
  }
  const arriving: { at: number; statement: Statement }[] = []
  for (const [at, clean] of statements.entries()) {
    const kind = kindFor(clean, { random, rates, earlier: tools.earlier })
    const results = kind === undefined ? [{ statement: clean, delay: 0 }] : soilers[kind](clean, tools)
    for (const { statement, delay } of results) arriving.push({ at: at + delay, statement })
    const last = results.at(-1)?.statement ?? clean
    if (kind !== undefined) soiled.push({ kind, eventId: last.eventId, frameNumber: frameOf(last) })
    if (kind === undefined) tools.earlier = motorOf(clean) ?? tools.earlier
  }
  return { statements: arriving.sort((a, b) => a.at - b.at).map(({ statement }) => statement), soiled }
}

interface Tools {
  readonly random: Random
  readonly say: Say
  /** The motor of a bike that came clean. */
  readonly earlier: FittedPart | undefined
}

type Soiler = (clean: Statement, tools: Tools) => readonly { statement: Statement; delay: number }[]

/** How much later, in statements, something comes that comes late. */
const aWhile = 40.5

const soilers: Record<DirtKind, Soiler> = {
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

const befalls: Record<DirtKind, (statement: Statement) => boolean> = {
  repeated: () => true,
  disordered: () => true,
  late: ({ componentProduced }) => componentProduced !== undefined,
  too_early: ({ bikeDelivered }) => bikeDelivered !== undefined,
  ...{ said_again: isBike, typo: isBike, contradiction: isBike, part_missing: isBike, part_twice: isBike },
}

function isBike({ bikeProduced }: Statement): boolean {
  return bikeProduced !== undefined
}

/** At most one kind a statement, so that it is known what must be found. */
function kindFor(
  statement: Statement,
  { random, rates, earlier }: { random: Random; rates: DirtRates; earlier: FittedPart | undefined },
): DirtKind | undefined {
  const kinds = Object.keys(rates) as DirtKind[]
  return kinds.find(
    (kind) =>
      befalls[kind](statement) &&
      !(kind === 'part_twice' && earlier === undefined) &&
      random.chance(rates[kind] ?? 0),
  )
}

function changed(clean: Statement, change: (parts: readonly FittedPart[]) => readonly FittedPart[]) {
  const bike = clean.bikeProduced as Sayings['bikeProduced']
  return [{ statement: { ...clean, bikeProduced: { ...bike, parts: change(bike.parts) } }, delay: 0 }]
}

function byOem(clean: Statement, change: Partial<Sayings['bikeProduced']>, { say }: Tools): Statement {
  const bike = clean.bikeProduced as Sayings['bikeProduced']
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

const frameOf = (said: Statement) =>
  (said.bikeProduced ?? said.bikeDelivered ?? said.bikeSold ?? said.componentSwapped)?.frameNumber
const motorOf = ({ bikeProduced }: Statement) => bikeProduced?.parts.find(({ slot }) => slot === 'motor')
