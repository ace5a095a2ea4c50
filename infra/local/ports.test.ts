import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { isFree, openPortBook } from './ports.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

test('a name has the same port at the next start', async () => {
  const dataDir = temporaryFolder()
  const first = await openPortBook(dataDir)('kafka')
  expect(await openPortBook(dataDir)('kafka')).toBe(first)
})

test('two names never share a port', async () => {
  const ports = openPortBook(temporaryFolder())
  const given = new Set<number>()
  for (let name = 0; name < 20; name++) given.add(await ports(`service-${name}`))
  expect(given.size).toBe(20)
})

test('a name new to the book gets no port that another one had last time', async () => {
  const dataDir = temporaryFolder()
  const had = await openPortBook(dataDir)('gatekeeper')
  const book = join(dataDir, 'ports.json')
  writeFileSync(book, JSON.stringify({ gatekeeper: had, kafka: had }))
  expect(await openPortBook(dataDir)('kafka')).not.toBe(had)
})

const listenOn = async (port: number): Promise<void> => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
}

test('a remembered port stays with a process that listens there already', async () => {
  const dataDir = temporaryFolder()
  const port = await openPortBook(dataDir)('gatekeeper', { mayListen: true })
  await listenOn(port)
  expect(await openPortBook(dataDir)('gatekeeper', { mayListen: true })).toBe(port)
})

test('a remembered port that somebody else took is replaced', async () => {
  const dataDir = temporaryFolder()
  const taken = await openPortBook(dataDir)('kafka')
  await listenOn(taken)
  expect(await isFree(taken)).toBe(false)
  expect(await openPortBook(dataDir)('kafka')).not.toBe(taken)
})
