// Field errors as a table for a terminal.
import type { FieldErrorGroup, FieldErrors } from './field-errors.ts'
import { countingRule, groupName, probability, rateText, scopeOf, testOf, titleOf, whole } from './words.ts'

const heads = ['', 'bikes', 'km', 'affected', 'faults', 'per 1,000 bikes', 'per 1,000 km', 'p', '']

export function fieldErrorTable(errors: FieldErrors): string {
  const { groups } = errors
  const head = [titleOf(errors), scopeOf(errors), '']
  if (groups.length === 0) return [...head, 'nothing to show: too few bikes, or nobody consents'].join('\n')
  const rows = [heads, ...groups.map(cells)]
  const widths = heads.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
  return [
    ...head,
    ...lines,
    '',
    `Rates of affected bikes with 95 % intervals. ${countingRule}`,
    testOf(errors),
  ].join('\n')
}

function cells(group: FieldErrorGroup): string[] {
  return [
    groupName(group),
    whole(group.bikes),
    whole(group.km),
    whole(group.affected),
    whole(group.faults),
    rateText(group.affectedPer1000Bikes),
    rateText(group.affectedPer1000Km),
    group.adjustedPValue === undefined ? '–' : probability(group.adjustedPValue),
    group.outlier ? '<< stands out' : '',
  ]
}
