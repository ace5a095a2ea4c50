// How far a worker is behind, by its own metrics.
import { type ServiceRow, services } from '../../core/services.ts'
import { topicLayouts } from '../../core/topics.ts'
import type { Service } from '../../infra/local/index.ts'

const answerWithinMs = 2_000

/** Whoever reads a topic must tell how far it is behind. */
export function hasLag({ name }: Pick<Service, 'name'>): boolean {
  const row = (services as readonly ServiceRow[]).find((each) => each.name === name)
  return row?.reads.some((place) => place in topicLayouts) ?? false
}

/** Records over all partitions that it was assigned; undefined when it does not tell, or has none. Rejects without an answer. */
export async function readLag(url: string): Promise<number | undefined> {
  const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(answerWithinMs) })
  const exposition = await response.text()
  return response.ok ? sumOf(exposition, 'worker_lag_records') : undefined
}

/** Over all labels; undefined when there is no such value. */
export function sumOf(exposition: string, name: string): number | undefined {
  const lines = exposition
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
  if (lines.length === 0) return undefined
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}
