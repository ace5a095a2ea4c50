import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../../testkit/engines.ts'
import type { Sql } from './connect.ts'
import { listenTo } from './notifications.ts'

let database: TestDatabase
let sql: Sql
beforeAll(async () => {
  database = await createTestDatabase()
  sql = database.sql
})
afterAll(async () => {
  await database.drop()
})

const never = new AbortController().signal
const long = 20_000

function listen(name: string) {
  const notifications = listenTo({ url: database.url, name, channel: 'changes' })
  onTestFinished(notifications.close)
  return notifications
}

/** Whether the watch was raised, rather than its time over. */
async function isRaised(next: Promise<void>, notify: () => Promise<unknown>): Promise<boolean> {
  const timer = setInterval(() => void notify(), 50)
  const isLate = new Promise<boolean>((resolve) => setTimeout(resolve, long / 2, false))
  const raised = await Promise.race([next.then(() => true), isLate])
  clearInterval(timer)
  return raised
}

test('a watch sees its own payload, one without payload sees all', async () => {
  const notifications = listen('own')
  const [own, other, all] = [notifications.watch('a'), notifications.watch('b'), notifications.watch()]
  await Promise.all([own, other, all].map((watch) => watch.next(long, never)))
  const otherNext = other.next(300, never).then(() => 'time over')
  expect(await isRaised(own.next(long, never), () => sql.notify('changes', 'a'))).toBe(true)
  expect(await isRaised(all.next(long, never), () => sql.notify('changes', 'a'))).toBe(true)
  expect(await otherNext).toBe('time over')
})

test('what was notified while nobody waited is not missed', async () => {
  const notifications = listen('early')
  const [watch, witness] = [notifications.watch('a'), notifications.watch('a')]
  await Promise.all([watch.next(long, never), witness.next(long, never)])
  await sql.notify('changes', 'a')
  await witness.next(long, never)
  expect(await isRaised(watch.next(long, never), async () => undefined)).toBe(true)
})

test('a connection that was lost is made again, and tells every watch', async () => {
  const watch = listen('lost').watch('a')
  await watch.next(long, never)
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'lost'`
  expect(await isRaised(watch.next(long, never), async () => undefined)).toBe(true)
  expect(await isRaised(watch.next(long, never), () => sql.notify('changes', 'a'))).toBe(true)
})

test('waiting ends with its time and with its signal', async () => {
  const watch = listen('ends').watch('a')
  await watch.next(long, never)
  await watch.next(20, never)
  await watch.next(long, AbortSignal.timeout(20))
})
