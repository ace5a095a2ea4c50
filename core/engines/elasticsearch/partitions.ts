// Where a sample lives: one partition for each month of event time (UTC) and kind group, and the names of its indices.
import type { Kind } from '../../../proto/index.ts'
import type { Partition } from './port.ts'

/** Rides are nine tenths of all samples; the small kinds share a partition. */
export function groupOf(kind: Kind): Partition['group'] {
  return kind === 'ride' ? 'ride' : 'system'
}

export function partitionOf(kind: Kind, eventMs: number): Partition {
  const date = new Date(eventMs)
  const year = date.getUTCFullYear()
  const month = date.getUTCMonth()
  return { group: groupOf(kind), fromMs: Date.UTC(year, month), toMs: Date.UTC(year, month + 1) }
}

/** All readers read this alias. */
export function aliasName(namespace: string): string {
  return namespace === '' ? 'telemetry' : `${namespace}-telemetry`
}

/** `telemetry-ride-2023.11`: the name of the first generation. */
export function partitionName(namespace: string, { group, fromMs }: Partition): string {
  const [year, month] = new Date(fromMs).toISOString().split('-')
  return `${aliasName(namespace)}-${group}-${year}.${month}`
}

/** `telemetry-ride-2023.11`, then its siblings `telemetry-ride-2023.11-s1`, `…-s2`. */
export function generationName(partition: string, generation: number): string {
  return generation === 0 ? partition : `${partition}-s${generation}`
}

/** Splits an index name into its partition's name and its generation; undefined for names that are none of ours. */
export function parseIndexName(index: string): { partition: string; generation: number } | undefined {
  const match = /^(.*telemetry-(?:ride|system)-\d{4,}\.\d{2})(?:-s([1-9]\d*))?$/.exec(index)
  if (match === null) return undefined
  return { partition: match[1] as string, generation: Number(match[2] ?? 0) }
}

/** The indices of every partition, oldest generation first. */
export function groupGenerations(indices: readonly string[]): Map<string, string[]> {
  const found = new Map<string, { index: string; generation: number }[]>()
  for (const index of indices) {
    const name = parseIndexName(index)
    if (name === undefined) continue
    const generations = found.get(name.partition) ?? []
    generations.push({ index, generation: name.generation })
    found.set(name.partition, generations)
  }
  const ordered = new Map<string, string[]>()
  for (const [partition, generations] of found) {
    ordered.set(
      partition,
      generations.sort((a, b) => a.generation - b.generation).map(({ index }) => index),
    )
  }
  return ordered
}
