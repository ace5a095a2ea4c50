// True statements made dirty as plants and OEMs do it, at given rates, and a list of what was done to which.
import { createRandom, type Random } from '../random.ts'
import { befalls, corruptors, type DirtKind, frameOf } from './corruptors.ts'
import { createSpeaker } from './say.ts'
import type { FittedPart, Statement } from './statement.ts'

/** Share of the statements that each kind can befall. */
export type DirtRates = Readonly<Partial<Record<DirtKind, number>>>

export interface Corrupted {
  readonly kind: DirtKind
  readonly eventId: string
  readonly frameNumber: string | undefined
}

export interface CorruptedStatements {
  /** In the order in which they arrive. */
  readonly statements: readonly Statement[]
  readonly corrupted: readonly Corrupted[]
}

/** As an intake of good legacy plants looks. */
const usualDirt: DirtRates = {
  ...{ repeated: 0.02, late: 0.01, disordered: 0.05, said_again: 0.1, typo: 0.01 },
  ...{ contradiction: 0.01, part_missing: 0.01, part_twice: 0.005, too_early: 0.005 },
}

export function corrupt(
  statements: readonly Statement[],
  { seed, rates = usualDirt }: { seed: number; rates?: DirtRates },
): CorruptedStatements {
  const random = createRandom(seed).fork('dirt')
  const corrupted: Corrupted[] = []
  const tools = {
    random,
    say: createSpeaker(random.fork('ids')),
    earlier: undefined as FittedPart | undefined,
  }
  const arriving: { at: number; statement: Statement }[] = []
  for (const [at, clean] of statements.entries()) {
    const kind = kindFor(clean, { random, rates, earlier: tools.earlier })
    const results = kind === undefined ? [{ statement: clean, delay: 0 }] : corruptors[kind](clean, tools)
    for (const { statement, delay } of results) arriving.push({ at: at + delay, statement })
    const last = results.at(-1)?.statement ?? clean
    if (kind !== undefined) corrupted.push({ kind, eventId: last.eventId, frameNumber: frameOf(last) })
    if (kind === undefined) tools.earlier = motorOf(clean) ?? tools.earlier
  }
  return { statements: arriving.sort((a, b) => a.at - b.at).map(({ statement }) => statement), corrupted }
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

const motorOf = ({ bikeProduced }: Statement) => bikeProduced?.parts.find(({ slot }) => slot === 'motor')
