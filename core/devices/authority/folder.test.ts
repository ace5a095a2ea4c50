import { X509Certificate } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { initAuthority, openAuthority } from './folder.ts'

let dir: string
beforeEach(async () => {
  dir = join(await mkdtemp(join(tmpdir(), 'authority-')), 'made')
})
afterEach(() => rm(join(dir, '..'), { recursive: true }))

const nowMs = Date.UTC(2026, 0, 15)
const dayMs = 86_400_000
const init = (hosts: [string, ...string[]], daysLater = 0) =>
  initAuthority({ dir, hosts, nowMs: nowMs + daysLater * dayMs })
const file = (name: string) => readFile(join(dir, name), 'utf8')
const all = async () => Promise.all((await readdir(dir)).sort().map(async (name) => [name, await file(name)]))

test('the server certificate is of the authority, for its hosts and its key', async () => {
  await init(['127.0.0.1', 'broker.example'])
  const authority = new X509Certificate(await file('ca.pem'))
  const server = new X509Certificate(await file('server.pem'))
  expect(authority.ca).toBe(true)
  expect(server.verify(authority.publicKey)).toBe(true)
  expect(server.checkIssued(authority)).toBe(true)
  expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1')
  expect(server.checkHost('broker.example')).toBe('broker.example')
  expect(server.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
})

test('private keys are readable by their owner only, and nothing else is left in the folder', async () => {
  await init(['localhost'])
  const modes = async (name: string) => [name, ((await stat(join(dir, name))).mode & 0o777).toString(8)]
  expect(await Promise.all((await readdir(dir)).sort().map(modes))).toEqual([
    ['ca-key.pem', '600'],
    ['ca.pem', '644'],
    ['server-key.pem', '600'],
    ['server.pem', '644'],
  ])
})

test('a second init changes nothing', async () => {
  await init(['localhost', '127.0.0.1'])
  const before = await all()
  await init(['127.0.0.1'], 300)
  expect(await all()).toEqual(before)
})

test.each<[string, [string, ...string[]], number]>([
  ['a new host', ['localhost', 'broker.example'], 0],
  ['the end within 30 days', ['localhost'], 340],
])('%s makes a new server certificate and nothing else', async (_, hosts, daysLater) => {
  await init(['localhost'])
  const before = await all()
  await init(hosts, daysLater)
  const changed = (await all()).filter(([name, text]) => before.some(([n, t]) => n === name && t !== text))
  expect(changed.map(([name]) => name)).toEqual(['server.pem'])
})

test('several at once make one authority', async () => {
  await Promise.all(Array.from({ length: 8 }, () => init(['localhost'])))
  const server = new X509Certificate(await file('server.pem'))
  expect(server.verify(new X509Certificate(await file('ca.pem')).publicKey)).toBe(true)
  expect(await readdir(dir)).toHaveLength(4)
  await expect(openAuthority(dir)).resolves.toBeDefined()
})

test('what was interrupted after the key is completed with that key', async () => {
  await init(['localhost'])
  const key = await file('ca-key.pem')
  await rm(join(dir, 'ca.pem'))
  await init(['localhost'])
  expect(await file('ca-key.pem')).toBe(key)
  await expect(openAuthority(dir)).resolves.toBeDefined()
})

test('an authority whose key is lost is not replaced', async () => {
  await init(['localhost'])
  await rm(join(dir, 'ca-key.pem'))
  await expect(init(['localhost'])).rejects.toThrow('restore it from a backup')
})

test('an empty folder is no authority', async () => {
  await expect(openAuthority(dir)).rejects.toThrow('holds no device authority')
})
