// Which files somebody reads to follow one way through the platform: all that its entries import, directly or not. Imports of
// types are left out, dynamic imports are counted.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ServiceName, type ServiceRow, services } from '../../core/services.ts'
import type { Graph } from './graph.ts'

export interface Way {
  readonly name: string
  readonly entries: readonly string[]
  /** They are run by core/main.ts, which imports each by a path from the table of services. */
  readonly services: readonly ServiceName[]
}

export interface Closure {
  /** Sorted; generated ones are among them. */
  readonly files: readonly string[]
  /** Nine in ten of the files that are not generated have no more lines. */
  readonly linesAtMost: number
}

export const ways = [
  { name: 'an upload to Elasticsearch', entries: ['edge/entry/node.ts'], services: ['normalize', 'search'] },
  {
    name: 'a file of statements to the fleet',
    entries: ['core/fleet/intake/command.ts'],
    services: ['fleet'],
  },
] as const satisfies readonly Way[]

export function closureOf(root: string, { imports }: Graph, { entries, services: named }: Way): Closure {
  const seen = new Set<string>()
  const visit = (file: string): void => {
    if (seen.has(file) || file.includes('node_modules/') || !imports.has(file)) return
    seen.add(file)
    for (const { to, typeOnly } of imports.get(file) ?? []) if (!typeOnly) visit(to)
  }
  for (const file of [...entries, 'core/main.ts', ...named.map(compositionOf)]) {
    if (!imports.has(file)) throw new Error(`there is no ${file}`)
    visit(file)
  }
  const files = [...seen].filter((file) => /\.[jt]s$/.test(file)).sort()
  const lines = files
    .filter((file) => !file.startsWith('proto/gen/'))
    .map((file) => linesOf(join(root, file)))
  lines.sort((a, b) => a - b)
  return { files, linesAtMost: lines[Math.ceil(0.9 * lines.length) - 1] ?? 0 }
}

function compositionOf(name: ServiceName): string {
  const row = (services as readonly ServiceRow[]).find((one) => one.name === name)
  return `${row?.room}/service.ts`
}

function linesOf(path: string): number {
  return readFileSync(path, 'utf8').trimEnd().split('\n').length
}
