// Rules and their cases as Prometheus and promtool read them: JSON, which is YAML.
import { alarms, expressionOf, recordings } from './alarms.ts'
import { casesOf } from './cases.ts'
import type { Alarm } from './port.ts'

const docs = 'docs/operations.md'
const every = '1m'

/** `Lag grows` → `lag-grows`, as GitHub makes anchors of headings. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

/** `docsUrl` is where people open the repository's files, such as `https://git.example/mobility/blob/main`. */
export function prometheusRules(docsUrl: string) {
  return {
    groups: [
      {
        name: 'recordings',
        interval: every,
        rules: recordings.map(({ record, labels, value }) => ({
          record,
          expr: value,
          ...(labels && { labels }),
        })),
      },
      {
        name: 'alarms',
        interval: every,
        rules: alarms.map((alarm) => ({
          alert: alarm.name,
          expr: expressionOf(alarm),
          for: `${alarm.forMinutes}m`,
          labels: { severity: alarm.severity },
          annotations: {
            summary: alarm.summary,
            runbook_url: `${docsUrl}/${docs}#${anchorOf(alarm.runbook)}`,
          },
        })),
      },
    ],
  }
}

/** For `promtool test rules`: of each alarm a case that fires and one that stays silent. */
export function promtoolTests(rulesFile: string) {
  return {
    rule_files: [rulesFile],
    evaluation_interval: every,
    tests: alarms.flatMap((alarm) => {
      const { fires, silent, minutes } = casesOf(alarm)
      return [
        promtoolTest(alarm, { series: fires, minutes, firing: true }),
        promtoolTest(alarm, { series: silent, minutes, firing: false }),
      ]
    }),
  }
}

interface Case {
  readonly series: Readonly<Record<string, string>>
  readonly minutes: number
  readonly firing: boolean
}

const promtoolTest = ({ name }: Alarm, { series, minutes, firing }: Case) => ({
  name: `${name} ${firing ? 'fires' : 'stays silent'}`,
  interval: '1m',
  input_series: Object.entries(series).map(([each, values]) => ({ series: each, values })),
  promql_expr_test: [
    {
      expr: `count(ALERTS{alertname="${name}",alertstate="firing"})`,
      eval_time: `${minutes}m`,
      exp_samples: firing ? [{ labels: '{}', value: 1 }] : [],
    },
  ],
})
