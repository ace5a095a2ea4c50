// Reads PromQL: whether a query is one, and which metrics it names.
import { parser } from '@prometheus-io/lezer-promql'

/** `max(rides_due_seconds) > 0` → `['rides_due_seconds']`. Throws where the text is no PromQL. */
export function metricsIn(query: string): string[] {
  const names = new Set<string>()
  parser.parse(query).iterate({
    enter({ type, from, to, node }) {
      if (type.isError) throw new Error(`no PromQL at ${from}: ${query}`)
      if (type.name === 'Identifier' && node.parent?.type.name === 'VectorSelector')
        names.add(query.slice(from, to))
    },
  })
  return [...names]
}
