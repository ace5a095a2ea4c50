// The report for people with a browser: one file that needs no other. Pure.
import { escaped } from '../../core/fleet/field-errors/svg.ts'
import type { Check } from '../../testkit/check.ts'
import { type Chart, drawChart } from './chart.ts'

export interface LoadReport {
  readonly title: string
  readonly about: string
  readonly facts: readonly (readonly [name: string, value: string])[]
  readonly checks: readonly Check[]
  /** Attempts by flow, status and reason. */
  readonly answers: Readonly<Record<string, number>>
  readonly charts: readonly Chart[]
}

export function htmlReport({ title, about, facts, checks, answers, charts }: LoadReport): string {
  const failed = checks.filter(({ holds }) => !holds).length
  const verdict =
    failed === 0
      ? '<b class="ok">all hold</b>'
      : `<b class="wrong">${failed} of ${checks.length} do not hold</b>`
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>${escaped(title)}</title><style>${style}</style>`,
    `<h1>${escaped(title)}</h1><p>${escaped(about)}</p>`,
    table([], facts),
    `<h2>What must hold: ${verdict}</h2>`,
    checksTable(checks),
    '<h2>Over time</h2><div class="charts">',
    ...charts.map(drawChart),
    '</div><h2>Answers</h2>',
    table(
      ['flow, status, reason', 'attempts'],
      Object.entries(answers)
        .sort(([, a], [, b]) => b - a)
        .map(([answer, count]) => [answer, count.toLocaleString('en')]),
    ),
    '</html>\n',
  ].join('\n')
}

function checksTable(checks: readonly Check[]): string {
  const rows = checks.map(({ what, expected, actual, holds }) => {
    const mark = holds ? '<td class="ok">✓</td>' : '<td class="wrong">✗</td>'
    return `<tr>${[what, expected, actual].map((cell) => `<td>${escaped(cell)}</td>`).join('')}${mark}</tr>`
  })
  return `<table><tr><th>what</th><th>expected</th><th>found</th><th></th></tr>${rows.join('')}</table>`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (tag: 'th' | 'td') => (cells: readonly string[]) =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`
  const top = head.length === 0 ? '' : line('th')(head)
  return `<table>${top}${rows.map(line('td')).join('')}</table>`
}

const style = `
:root{color-scheme:light dark;--ink:#1c2430;--faint:#d8dde4;--back:#fff;--ok:#1a7f37;--wrong:#c62828}
@media(prefers-color-scheme:dark){:root{--ink:#e4e8ee;--faint:#39424f;--back:#12161c;--ok:#4cc26a;--wrong:#ff7b72}}
body{font:15px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--back);max-width:1500px;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:.5rem 0 1.5rem}td,th{padding:.2rem .9rem .2rem 0;text-align:left;border-bottom:1px solid var(--faint);font-variant-numeric:tabular-nums}
.ok{color:var(--ok)}.wrong{color:var(--wrong)}.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(520px,1fr));gap:1rem}
figure{margin:0}figcaption{font-weight:600}figcaption small{font-weight:400;opacity:.7}figure p{margin:.1rem 0;font-size:13px}
svg{width:100%;height:auto}.grid{stroke:var(--faint)}.end{stroke:var(--ink);stroke-dasharray:4 4;opacity:.6}.tick{font-size:11px;fill:var(--ink);opacity:.75}
.line{fill:none;stroke-width:1.6;stroke:var(--c)}.dots{fill:var(--c)}.key{margin-right:1rem;white-space:nowrap}.key i{display:inline-block;width:1em;height:3px;margin-right:.35em;vertical-align:middle;background:var(--c)}
.c0{--c:#2a78d6}.c1{--c:#d95f02}.c2{--c:#1b9e77}.c3{--c:#a64fc2}.c4{--c:#c9a100}.c5{--c:#d1345b}.c6{--c:#5f8a1f}.c7{--c:#7a8594}`
