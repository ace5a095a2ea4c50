// Files through the real command, Kafka and PostgreSQL: interrupted, repeated, half-written.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  createTestDatabase,
  type TestDatabase,
  testEngines,
  uniqueNamespace,
} from '../../../testkit/engines.ts'
import { testAudience, testPartner } from '../../../testkit/partners.ts'
import { readTopic } from '../../engines/kafka/read-topic.ts'
import { deleteTopics, ensureTopics } from '../../engines/kafka/topics.ts'
import { topicName } from '../../topics.ts'
import { readStatement } from '../statements/read.ts'
import { saidComponents } from '../statements/said.ts'
import { isSealedBy, openSeal } from '../statements/seal.ts'

const command = fileURLToPath(new URL('command.ts', import.meta.url))
const { kafkaBrokers: brokers } = testEngines()
const namespace = uniqueNamespace()
const topic = topicName(namespace, 'manufacturing.events')
let database: TestDatabase
let folder: string
let keyFile: string

beforeAll(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'intake-'))
  await ensureTopics({ brokers, namespace })
  keyFile = join(folder, 'key.pem')
  await writeFile(keyFile, testPartner('plant:zwickau').privateKey.export({ format: 'pem', type: 'pkcs8' }))
})
afterAll(async () => {
  await deleteTopics({ brokers, namespace })
  await database.drop()
  await rm(folder, { recursive: true })
})

const header = 'Art;Seriennummer;HW-Stand;FW-Stand;Charge;Fertigung\r\n'
const rowOf = (number: number) => `Akku;BA${number};1,2;3.4;C${number % 7};02.03.2026 10:00\r\n`
const rows = (from: number, count: number) => Array.from({ length: count }, (_, index) => rowOf(from + index))

async function save(name: string, content: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, Buffer.from(content, 'latin1'))
  return path
}

function start(path: string, ...options: string[]) {
  const env = {
    ...process.env,
    NAMESPACE: namespace,
    KAFKA_BROKERS: brokers.join(','),
    DATABASE_URL: database.url,
    STATEMENT_AUDIENCE: testAudience,
  }
  return spawn(process.execPath, [command, path, '--source', 'plant:zwickau', '--key', keyFile, ...options], {
    env,
    stdio: 'pipe',
  })
}

async function take(path: string, ...options: string[]): Promise<string> {
  const child = start(path, ...options)
  const [said, complaint, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  return code === 0 ? said : complaint
}

/** All records of the topic, by event id: the serial number, or the row as it came. */
async function statements(): Promise<{ records: number; subjects: Map<string, string> }> {
  const subjects = new Map<string, string>()
  let records = 0
  for await (const { value } of readTopic({ brokers, topic })) {
    records++
    const opened = openSeal(value ?? new Uint8Array(), testAudience)
    if (opened.kind !== 'sealed' || !isSealedBy(opened, testPartner('plant:zwickau').key.publicKey)) {
      throw new Error('not sealed by the plant')
    }
    const read = readStatement(opened.payload)
    if (read.kind === 'unreadable') throw new Error(read.detail)
    const { event, eventId } = read.event
    const subject =
      event.case === 'unreadableRow' ? event.value.text : saidComponents(read.event)[0]?.name.serialNumber
    subjects.set(eventId, subject ?? '')
  }
  return { records, subjects }
}

test('a file whose reader is killed is read on from where it was, and each row is said', async () => {
  const count = 2_000
  const path = await save('many.csv', header + rows(0, count).join(''))
  const child = start(path)
  await once(child.stderr, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  const [before] = await database.sql`select rows_read, finished from intake_files`
  expect(before).toMatchObject({ finished: false })

  const said = await take(path)
  expect(said).toMatch(
    new RegExp(`${count} rows \\([1-9]\\d* read before\\), \\d+ statements sent, 0 rows unreadable`),
  )
  const { records, subjects } = await statements()
  expect(subjects.size).toBe(count)
  // What was sent and not yet written down is sent again; the batch before is not.
  expect(records - count).toBeLessThanOrEqual(1_000)
})

test('a half-written file costs its last row, and the whole one says all else as before', async () => {
  const before = await statements()
  const whole = header + rows(10_000, 3).join('')
  const half = await save('half.csv', whole.slice(0, -8))
  expect(await take(half)).toMatch(/3 rows, 3 statements sent, 1 rows unreadable:\nline 4: /)
  expect(await take(await save('whole.csv', whole))).toContain('3 rows, 3 statements sent, 0 rows unreadable')
  const after = await statements()
  expect(after.subjects.size - before.subjects.size).toBe(4)
  expect([...after.subjects.values()].filter((subject) => subject.startsWith('Akku;'))).toHaveLength(1)
})

test('one bad row costs no other, and --again says nothing new', async () => {
  const ugly = await save(
    'ugly.csv',
    `${header}${rowOf(20_000)}Akku;"BA1\r\n\r\nM\xf6tor;1;1;1;1;x\r\n${rowOf(20_001)}`,
  )
  expect(await take(ugly)).toMatch(/4 rows, 4 statements sent, 2 rows unreadable:\nline 3: .*\nline 5: /)
  const { subjects, records } = await statements()
  expect(await take(ugly)).toContain('was read before: 4 rows')
  await take(ugly, '--again')
  const again = await statements()
  expect(again.records).toBe(records + 4)
  expect([...again.subjects.keys()].sort()).toEqual([...subjects.keys()].sort())
})

test('a file of another source is refused before anything is said', async () => {
  const { records } = await statements()
  expect(await take(await save('foreign.csv', 'Cadre;Moteur\r\n1;2\r\n'))).toContain(
    'has no column Art, Seriennummer',
  )
  expect((await statements()).records).toBe(records)
})
