// The ceiling of the edge benchmark: a bare Hono that reads each body and discards it.
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const app = new Hono()
app.post('/v1/telemetry', async (context) => {
  await context.req.arrayBuffer()
  return context.body(null, 202)
})
const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`)
})
