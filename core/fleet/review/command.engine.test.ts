// The command as people use it: find, look, decide.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, expect, test, vi } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../testkit/engines.ts'
import { createAccessLog } from '../../engines/postgres/staff/access-log.ts'
import { registerBikes } from '../registry/stores.ts'
import { createFleetEnvironment } from '../testing/fleet-environment.ts'
import {
  built,
  definitions,
  frameNumber,
  made,
  madeMs,
  part,
  serialNumber,
} from '../testing/statement-fixtures.ts'

// Each command is a process, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 300_000 })

const command = fileURLToPath(new URL('command.ts', import.meta.url))
let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
  return database.drop
})

async function fleet(...args: string[]): Promise<string> {
  const env = { ...process.env, DATABASE_URL: database.url }
  const { stdout } = await promisify(execFile)(process.execPath, [command, ...args], { env })
  return stdout
}

const why = ['--reason', 'ticket 7', '--name', 'eva']

test('a held bike is listed, inspected, corrected as suggested, and found', async () => {
  const right = serialNumber('battery', 1)
  const wrong = `${right.slice(0, -2)}${(Number(right.at(-2)) + 5) % 10}${right.at(-1)}`
  const bike = built(1, {
    parts: [{ slot: 'battery', component: { type: 'battery', serialNumber: wrong } }, part('motor', 1)],
  })
  await createFleetEnvironment(database.sql).intake([
    ...definitions(),
    made('battery', 1),
    made('motor', 1),
    bike,
  ])

  expect(await fleet('review', 'list', '--reason', 'check_digit')).toContain(bike.eventId)
  const shown = await fleet('review', 'show', bike.eventId, ...why)
  expect(shown).toContain(`${right} looks like ${wrong}`)
  const patch = /--patch '(.*)' --seen/.exec(shown)?.[1] ?? ''
  const [, seen = ''] = /--seen (\d+)/.exec(shown) ?? []
  const signed = ['--seen', seen, '--author', 'eva', '--reason', 'as on the photo']
  expect(await fleet('review', 'correct', bike.eventId, '--patch', patch, ...signed)).toBe(
    'decided: applied\n',
  )

  expect(await fleet('review', 'list')).toBe('nothing waits\n')
  const [, bikeId = ''] = /^bike +(\S+)/.exec(await fleet('find', frameNumber(1))) ?? []
  expect(JSON.parse(await fleet('show', bikeId, ...why))).toMatchObject({ frameNumber: frameNumber(1) })
  expect(await fleet('show', bikeId, '--history', ...why)).toContain(bike.eventId)
  await registerBikes(database.sql, [{ bikeId, riderId: 'anna', producedAt: new Date(madeMs) }])
  expect(await fleet('show', bikeId, ...why)).not.toContain('anna')
  const { accesses } = await createAccessLog(database.sql).ofRider('anna', { limit: 10 })
  // A look at the bike before she owned it saw none of her data.
  expect(accesses.map(({ operation }) => operation)).toEqual(['npm run fleet -- show'])
  expect(accesses[0]).toMatchObject({
    who: expect.stringMatching(/^console:.* \(eva\)$/),
    reason: 'ticket 7',
  })
  expect(await fleet('republish', '--bike', bikeId)).toBe('1 bikes will be published again\n')
  await expect(fleet('review', 'accept', bike.eventId, ...signed)).rejects.toThrow(
    'not open for this decision',
  )
})

test('taking back a statement is proposed, with what would follow, and waits for a member of staff', async () => {
  const bike = built(2)
  const environment = createFleetEnvironment(database.sql)
  await environment.intake([made('battery', 2), made('motor', 2), bike])
  const told = await fleet('retract', bike.eventId, '--reason', 'nobody built it')
  expect(told).toMatch(/^proposed: [0-9a-f-]{36}\n/)
  expect(told).toContain(
    `statement ${bike.eventId} (bikeProduced by plant:dresden) loses applied → retracted`,
  )
  const rows = await database.sql`
    select kind, subject, reason, proposed_by like 'console:%' as "byConsole" from proposals`
  const proposed = { kind: 'retract', subject: bike.eventId, reason: 'nobody built it', byConsole: true }
  expect([...rows]).toEqual([proposed])
  expect((await environment.states()).get(bike.eventId)).toBe('applied')
})

test('the statements of a wrong mapping are counted, and decided about at once', async () => {
  const environment = createFleetEnvironment(database.sql)
  const bells = [1, 2, 3].map((number) => made('bell', number))
  await environment.intake(bells)
  const source = bells[0]?.source ?? ''
  const of = ['--of', 'component_type_unknown', '--source', source]
  expect(await fleet('review', 'list')).toContain(`3  component_type_unknown  ${source}`)
  const signed = ['--author', 'eva', '--reason', 'no bells are made here']
  await expect(fleet('review', 'reject-all', ...of, '--statements', '2', ...signed)).rejects.toThrow(
    'more than 2 statements wait',
  )
  expect(await fleet('review', 'reject-all', ...of, '--statements', '3', ...signed)).toBe(
    '3 decided, 0 released by that, 0 left as they were\n',
  )
  expect(await fleet('review', 'list')).toBe('nothing waits\n')
})
