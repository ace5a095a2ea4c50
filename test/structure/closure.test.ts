import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { closureOf, type Way, ways } from './closure.ts'
import { readGraph } from './graph.ts'

const root = resolve(import.meta.dirname, '../..')
/** A stranger follows a way through so many files at most, nine in ten of them on two screens. */
const limits: Readonly<Record<(typeof ways)[number]['name'], { files: number; lines: number }>> = {
  'an upload to Elasticsearch': { files: 85, lines: 150 },
  'a file of statements to the fleet': { files: 90, lines: 150 },
}

test('the ways through the platform take few files, and those are short', { timeout: 300_000 }, async () => {
  const graph = await readGraph(root)
  for (const way of ways) {
    const { files, linesAtMost } = closureOf(root, graph, way)
    expect(files.length, way.name).toBeLessThanOrEqual(limits[way.name].files)
    expect(linesAtMost, way.name).toBeLessThanOrEqual(limits[way.name].lines)
  }
})

test('a closure follows values and what core/main.ts loads by a path, and no types', () => {
  const imports = new Map([
    ['core/main.ts', [{ to: 'core/services.ts', typeOnly: false }]],
    ['core/services.ts', []],
    ['core/telemetry/search/service.ts', [{ to: 'core/telemetry/search/worker.ts', typeOnly: false }]],
    ['core/telemetry/search/worker.ts', [{ to: 'core/engines/kafka/port.ts', typeOnly: true }]],
    ['core/engines/kafka/port.ts', []],
    ['edge/app.ts', [{ to: 'node_modules/hono/dist/index.js', typeOnly: false }]],
  ])
  const way: Way = { name: 'one', entries: ['edge/app.ts'], services: ['search'] }
  expect(closureOf(root, { imports, refused: [] }, way).files).toEqual([
    'core/main.ts',
    'core/services.ts',
    'core/telemetry/search/service.ts',
    'core/telemetry/search/worker.ts',
    'edge/app.ts',
  ])
})
