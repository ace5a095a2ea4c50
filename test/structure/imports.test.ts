// What imports.config.ts allows and refuses, on a tree of files that hold one import each.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Graph, readGraph } from './graph.ts'

/** A file, and what it imports: a file of ours, a package, or a module of Node.js. */
type Case = readonly [from: string, to: string]

const refused: readonly Case[] = [
  // A new room
  ['core/rides/plan.ts', 'node:fs'],
  ['core/rides/plan.ts', '@platformatic/kafka'],
  ['core/rides/plan.ts', 'core/engines/kafka/producer.ts'],
  ['core/rides/plan.ts', 'core/engines/postgres/telemetry/ledger-store.ts'],
  ['core/rides/plan.ts', 'core/telemetry/ledger/plan.ts'],
  ['core/rides/plan.ts', 'core/rides/worker.ts'],
  ['core/rides/worker.ts', 'node:fs'],
  ['core/rides/worker.ts', 'core/engines/kafka/producer.ts'],
  ['core/rides/worker.ts', 'core/runtime/config.ts'],
  ['core/rides/worker.ts', 'core/rides/fixtures.ts'],
  ['core/riders/rides/plan.ts', 'node:crypto'],
  ['core/riders/rides/plan.ts', 'core/engines/postgres/riders/consent-store.ts'],
  ['core/riders/rides/trip.ts', 'node:timers/promises'],
  ['core/riders/rides/trip.ts', 'pino'],
  ['core/riders/rides/worker.ts', 'core/riders/consent/plan.ts'],
  ['core/engines/new-engine/client.ts', 'mqtt'],
  // core/ and the others
  ['core/telemetry/search/worker.ts', '@elastic/elasticsearch'],
  ['core/telemetry/search/service.ts', 'edge/answers.ts'],
  ['core/telemetry/search/service.ts', 'infra/local/index.ts'],
  ['core/telemetry/search/service.ts', 'testkit/wait.ts'],
  ['core/fleet/judging/judge.ts', 'core/runtime/loop.ts'],
  ['core/fleet/judging/rules/places.ts', 'core/runtime/metrics.ts'],
  ['core/fleet/judging/worker.ts', 'core/fleet/review/review.ts'],
  ['core/devices/bridge/plan.ts', '@peculiar/x509'],
  ['core/runtime/loop.ts', 'core/fleet/judging/plan.ts'],
  ['core/topics.ts', 'core/runtime/config.ts'],
  // Adapters
  ['core/engines/kafka/producer.ts', 'postgres'],
  ['core/engines/rabbitmq/index.ts', '@platformatic/kafka'],
  ['core/engines/elasticsearch/index.ts', 'amqplib'],
  ['core/engines/postgres/fleet/store.ts', '@elastic/elasticsearch'],
  ['core/engines/postgres/fleet/store.ts', 'core/fleet/judging/plan.ts'],
  ['core/engines/postgres/fleet/store.ts', 'core/engines/postgres/devices/device-store.ts'],
  ['core/engines/kafka/port.ts', '@platformatic/kafka'],
  // The others
  ['edge/app.ts', 'node:fs'],
  ['edge/app.ts', 'edge/kafka/publisher.ts'],
  ['edge/upload/receive.ts', 'edge/entry/node.ts'],
  ['edge/entry/node.ts', 'core/topics.ts'],
  ['edge/entry/node.ts', 'postgres'],
  ['client/send.ts', 'client/node/files.ts'],
  ['client/send.ts', 'node:fs'],
  ['client/send.ts', 'zod'],
  ['client/node/files.ts', '@bufbuild/protobuf'],
  ['client/node/files.ts', 'core/topics.ts'],
  ['simulator/ride.ts', 'node:fs'],
  ['simulator/module/mqtt-link.ts', 'node:fs'],
  ['simulator/ride.ts', 'client/send.ts'],
  ['proto/codec/track.ts', 'node:fs'],
  ['proto/index.ts', 'core/topics.ts'],
  ['loadtest/scenarios/k6/main.ts', 'node:fs'],
  ['loadtest/scenarios/k6/main.ts', 'client/node/files.ts'],
  ['loadtest/report/html.ts', 'core/topics.ts'],
  ['infra/local/index.ts', 'testkit/wait.ts'],
  ['infra/local/index.ts', 'test/e2e/crash.ts'],
  ['demo/demo.ts', 'bench/bench.ts'],
  ['new-folder/index.ts', 'node:fs'],
]

const allowed: readonly Case[] = [
  ['core/rides/plan.ts', 'core/rides/trip.model.ts'],
  ['core/rides/plan.ts', 'core/runtime/foreign-text.ts'],
  ['core/rides/plan.ts', 'proto/index.ts'],
  ['core/rides/plan.ts', 'zod'],
  ['core/rides/plan.ts', 'type core/engines/kafka/port.ts'],
  ['core/rides/worker.ts', 'core/rides/plan.ts'],
  ['core/rides/worker.ts', 'core/runtime/loop.ts'],
  ['core/rides/worker.ts', 'type core/engines/elasticsearch/port.ts'],
  ['core/rides/service.ts', 'core/engines/kafka/producer.ts'],
  ['core/rides/service.ts', 'core/runtime/config.ts'],
  ['core/rides/service.ts', 'type core/services.ts'],
  ['core/rides/plan.test.ts', 'node:fs'],
  ['core/rides/plan.test.ts', 'testkit/wait.ts'],
  ['core/engines/postgres/riders/rides-store.ts', 'type core/riders/rides/plan.ts'],
  ['core/engines/postgres/riders/rides-store.ts', 'core/engines/postgres/client/connect.ts'],
  ['edge/entry/node.ts', 'edge/kafka/publisher.ts'],
  ['client/node/files.ts', 'node:fs'],
  ['demo/demo.ts', 'testkit/wait.ts'],
]

const root = mkdtempSync(join(tmpdir(), 'imports-'))
let graph: Graph

const isOurs = (to: string) => to.endsWith('.ts')
const withoutType = (to: string) => to.replace('type ', '')
beforeAll(async () => {
  symlinkSync(join(import.meta.dirname, '../../node_modules'), join(root, 'node_modules'))
  const lines = new Map<string, string[]>()
  for (const [from, to] of [...refused, ...allowed]) {
    const target = withoutType(to)
    const specifier = isOurs(target) ? `./${relative(dirname(from), target)}` : target
    const clause = to === target ? '' : 'type * as types from '
    lines.set(from, [...(lines.get(from) ?? []), `import ${clause}'${specifier}'`])
    if (isOurs(target) && !lines.has(target)) lines.set(target, [])
  }
  for (const [file, imports] of lines) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), `${imports.join('\n')}\nexport {}\n`)
  }
  graph = await readGraph(root, [...lines.keys()])
})
afterAll(() => rmSync(root, { recursive: true }))

function refusals([from, to]: Case): readonly string[] {
  const target = withoutType(to).replace('node:', '')
  const isIt = (one: string) =>
    one.startsWith(`${from} → `) &&
    (one.includes(` → ${target} (`) || one.includes(`node_modules/${target}/`))
  return graph.refused.filter((one) => isIt(one) && !one.endsWith('(circle)'))
}

test.each(refused)('%s may not import %s', (...one) => expect(refusals(one)).not.toEqual([]))
test.each(allowed)('%s may import %s', (...one) => expect(refusals(one)).toEqual([]))

/** Writes files into a folder of their own. */
function treeOf(files: Readonly<Record<string, string>>): string {
  const tree = mkdtempSync(join(root, 'tree-'))
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, file)), { recursive: true })
    writeFileSync(join(tree, file), text)
  }
  return tree
}

test('a circle is refused, be it one of types', async () => {
  const files = {
    'core/rides/plan.ts': "import type { Trip } from './trip.ts'\nexport type Plan = Trip[]\n",
    'core/rides/trip.ts': "import { type Plan } from './plan.ts'\nexport type Trip = { plan: Plan }\n",
  }
  const { refused } = await readGraph(treeOf(files), Object.keys(files))
  expect(refused).toEqual([expect.stringContaining('(circle)')])
})

test('a file that the tool cannot read fails the gate', async () => {
  const text = "import { plan } from './plan.ts'\n<?plan()\n"
  const tree = treeOf({ 'core/rides/plan.ts': 'export {}\n', 'core/rides/page.ts': text })
  const files = ['core/rides/plan.ts', 'core/rides/page.ts']
  await expect(readGraph(tree, files)).rejects.toThrow('core/rides/page.ts')
})
