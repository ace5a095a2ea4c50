// Everything by which somebody was believed who must not be, tried again on one platform.
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { startBroker, type TestBroker } from '../../testkit/broker.ts'
import { attacks } from './attacks/index.ts'
import { type OpenContext, openAttackContext } from './context.ts'
import { runAttacks } from './run.ts'

let broker: TestBroker
let context: OpenContext

beforeAll(async () => {
  broker = await startBroker()
  context = await openAttackContext({
    engines: { ...inject('engines'), ...broker.env },
    signal: new AbortController().signal,
    onProgress: () => undefined,
  })
})
afterAll(async () => {
  await context?.close()
  await broker?.stop()
})

test.each(attacks)('holds: $name', async (attack) => {
  const [result] = await runAttacks([attack], context, () => undefined)
  expect(result, result?.how).toMatchObject({ name: attack.name, outcome: 'holds' })
})
