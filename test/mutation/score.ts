// What a run of mutants says about the tests.

/** Of StrykerJS's result what counts here; lines and columns start at one. */
export interface Mutant {
  readonly fileName: string
  readonly mutatorName: string
  readonly replacement: string
  readonly status: string
  readonly location: { readonly start: Position; readonly end: Position }
}

interface Position {
  readonly line: number
  readonly column: number
}

export interface Score {
  readonly killed: number
  readonly survived: number
  readonly percent: number
  /** One line a mutant that no test noticed. */
  readonly survivors: readonly string[]
}

const noticed = new Set(['Killed', 'Timeout'])
/** Code that cannot be loaded says nothing about the tests. */
const unusable = new Set(['CompileError', 'RuntimeError'])

/**
 * All mutants count but those of string literals: one that a comment has switched off counts as survived.
 *
 * `[{ status: 'Killed', … }, { status: 'NoCoverage', … }]` → `{ killed: 1, survived: 1, percent: 50, survivors: ['a.ts:3:7 …'] }`
 */
export function scoreOf(mutants: readonly Mutant[], textOf: (fileName: string) => string): Score {
  const counted = mutants.filter(
    ({ mutatorName, status }) => mutatorName !== 'StringLiteral' && !unusable.has(status),
  )
  const survivors = counted.filter(({ status }) => !noticed.has(status))
  const killed = counted.length - survivors.length
  return {
    killed,
    survived: survivors.length,
    percent: counted.length === 0 ? 0 : (100 * killed) / counted.length,
    survivors: survivors.map((mutant) => describe(mutant, textOf(mutant.fileName))),
  }
}

/** `a.ts:3:7 EqualityOperator (Survived): a < b → a <= b` */
function describe({ location, ...mutant }: Mutant, text: string): string {
  const { start, end } = location
  const lines = text.split('\n').slice(start.line - 1, end.line)
  const last = lines.length - 1
  const original = lines
    .map((line, i) => line.slice(i === 0 ? start.column - 1 : 0, i === last ? end.column - 1 : undefined))
    .join('\n')
  const place = `${mutant.fileName}:${start.line}:${start.column}`
  return `${place} ${mutant.mutatorName} (${mutant.status}): ${brief(original)} → ${brief(mutant.replacement)}`
}

function brief(code: string): string {
  const line = code.replace(/\s+/g, ' ')
  return line.length > 80 ? `${line.slice(0, 77)}…` : line
}
