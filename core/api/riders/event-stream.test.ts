import { Hono } from 'hono'
import { expect, test, vi } from 'vitest'
import { createSlots } from '../slots.ts'
import { eventStream } from './event-stream.ts'

const slots = createSlots({ total: 10, perCaller: 1 })
let stopping = new AbortController()

/** A stream that writes without end; as the routes do it, with a place that is left at the end. */
const app = new Hono().get('/', (c) => {
  const leave = slots.enter('anna')
  if (leave === undefined) return c.text('full', 503)
  return eventStream(c, {
    stopping: stopping.signal,
    leave,
    tell: async (stream, signal) => {
      while (!signal.aborted) {
        await stream.write(': waiting\n\n')
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    },
  })
})

const isFree = async () => {
  const leave = slots.enter('anna')
  leave?.()
  return leave !== undefined
}
const untilFree = () => vi.waitUntil(isFree, { timeout: 2_000, interval: 5 })

test('a reader that goes away leaves its place', async () => {
  const response = await app.request('/')
  expect(await isFree()).toBe(false)
  await response.body?.cancel()
  await untilFree()
})

test('a reader that reads nothing leaves its place when the process stops, though a write waits for it', async () => {
  stopping = new AbortController()
  await app.request('/')
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(await isFree()).toBe(false)
  stopping.abort()
  await untilFree()
  stopping = new AbortController()
})

test('a connection that ends before anybody reads leaves its place', async () => {
  const gone = new AbortController()
  await app.request('/', { signal: gone.signal })
  gone.abort()
  await untilFree()
})
