// Statements in review as text for people: what is doubtful, both sides of it, and what may be meant.
import { oneLine, shellQuoted, visible } from '../../runtime/foreign-text.ts'
import type { Effect } from '../../staff/approvals/port.ts'
import type { Finding } from '../judging/findings.ts'
import { isDefinition } from '../statements/subjects.ts'
import type { ManyDecided } from './decide-all.ts'
import type { ListedStatement, ReasonCount, ReviewCase, ReviewOutcome, ShownStatement } from './port.ts'

export function listText(statements: readonly ListedStatement[]): string {
  return statements.map(lineOf).join('\n')
}

/** `194  component_type_unknown  plant:zwickau`, a line each. */
export function countsText(counts: readonly ReasonCount[]): string {
  const lines = counts.map(({ statements, reason, source }) => oneLine(`${statements}  ${reason}  ${source}`))
  return section('waiting, by reason and source', lines)
}

const mostLeftShown = 20

export function manyText({ decided, released, left }: ManyDecided): string {
  const shown = left.slice(0, mostLeftShown).map(({ eventId, why }) => `${eventId}: ${why}`)
  const more = left.length > shown.length ? ['…'] : []
  return [
    `${decided} decided, ${released} released by that, ${left.length} left as they were`,
    ...indented([...shown, ...more]),
  ].join('\n')
}

export function caseText(found: ReviewCase): string {
  const { eventId, findings, judgements, decisions, others, effects, suggestions } = found
  const seen = judgements.at(-1)?.number ?? 0
  return [
    oneLine(`${found.state}: ${saying(found)}`),
    indent([json(found.statement), ...rowLine(found), `came in ${found.record}`]),
    ...(found.state === 'applied' ? [] : [`to decide about what is shown here: --seen ${seen}`]),
    section('findings', findings.flatMap(findingLines)),
    section('accepting it, which takes a second member of staff', effects.map(effectText)),
    section(
      'suggestions',
      suggestions.flatMap((each) => suggestionLines({ eventId, seen }, each)),
    ),
    section(
      'others about the same',
      others.flatMap((each) => [`${each.state}: ${saying(each)}`, ...indented([json(each.statement)])]),
    ),
    section(
      'judgements',
      judgements.map(
        ({ number, judgedAtMs, state, findings: found }) =>
          `${number}  ${time(judgedAtMs)}  ${state}  ${reasons(found)}`,
      ),
    ),
    section(
      'decisions',
      decisions.map(
        ({ decidedAtMs, verdict, author, reason }) =>
          `${time(decidedAtMs)}  ${verdict} by ${author}: ${reason}`,
      ),
    ),
  ]
    .filter((part) => part !== '')
    .join('\n')
}

export function outcomeText(outcome: ReviewOutcome): string {
  switch (outcome.outcome) {
    case 'decided':
    case 'repeated': {
      const { state, findings, released } = outcome
      const left = state === 'held' ? `, still because of ${reasons(findings)}` : ''
      const also = released.length === 0 ? '' : `\nreleased by that: ${released.join(', ')}`
      return `${outcome.outcome === 'repeated' ? 'decided before' : 'decided'}: ${state}${left}${also}`
    }
    case 'statement_unknown':
      return 'no such statement'
    case 'not_open':
      return `not open for this decision: it is ${outcome.state}`
    case 'changed':
      return 'the statement is not what it was any more: look at it again (review show)'
    case 'decision_id_reused':
      return 'the decision id belongs to another decision'
    case 'approval_needed':
      return ['a second member of staff must approve it:', ...outcome.effects.map(effectText)].join('\n')
    case 'invalid':
      return outcome.detail
  }
}

const effectText = ({ who, change, what }: Effect) => oneLine(`  ${who} ${change} ${what}`)

/** A plant looks for the line in its file, not for the record that it became. */
function rowLine({ statement }: ShownStatement): string[] {
  const { origin } = statement as { readonly origin?: { readonly file: string; readonly line: number } }
  return origin === undefined ? [] : [`line ${origin.line} of ${origin.file}`]
}

const lineOf = (statement: ListedStatement) =>
  oneLine(
    `${statement.eventId}  ${time(statement.receivedAtMs)}  ${saying(statement)}  ${reasons(statement.findings)}`,
  )

function saying({ source, kind, subjects, occurredAtMs }: ListedStatement): string {
  const things = subjects.filter((subject) => !isDefinition(subject))
  const when = occurredAtMs === null ? '' : ` of ${time(occurredAtMs)}`
  return `${kind}${when} by ${source}  ${things.join(' ')}`
}

const reasons = (findings: readonly Finding[]) =>
  findings
    .filter(({ severity }) => severity !== 'flag')
    .map(({ reason }) => reason)
    .join(', ')

function findingLines({ reason, severity, detail, evidence }: Finding): string[] {
  const sides = Object.entries(evidence).map(([name, value]) => `${name}: ${value}`)
  return [`${reason} (${severity}): ${detail}`, ...indented(sides)]
}

function suggestionLines(
  { eventId, seen }: { eventId: string; seen: number },
  { verdict, correction, mergeInto, score, because, effects }: ReviewCase['suggestions'][number],
): string[] {
  const how =
    correction === undefined
      ? mergeInto
        ? ` --into ${mergeInto}`
        : ''
      : ` --patch ${shellQuoted(visible(json(correction)))}`
  return [
    `${verdict} (${score.toFixed(2)}): ${because}`,
    ...effects.map(effectText),
    ...indented([`npm run fleet -- review ${verdict} ${eventId}${how} --seen ${seen} --author … --reason …`]),
  ]
}

const section = (title: string, lines: readonly string[]) =>
  lines.length === 0 ? '' : [`${title}:`, ...indented(lines)].join('\n')

/** A text of a plant stays in its line. */
const indented = (lines: readonly string[]) => lines.map((line) => `  ${oneLine(line)}`)
const indent = (lines: readonly string[]) => indented(lines).join('\n')
const json = (value: unknown) => JSON.stringify(value)
const time = (ms: number) => new Date(ms).toISOString()
