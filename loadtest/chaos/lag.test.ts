import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { hasLag, readLag, sumOf } from './lag.ts'

const exposition = `\
# TYPE worker_lag_records gauge
worker_lag_records{partition="0",worker="search"} 3
worker_lag_records{partition="1",worker="search"} 4
worker_lag_records_other{partition="1"} 100
up 1`

test.each([
  ['a metric with labels', 'worker_lag_records', 7],
  ['a metric without', 'up', 1],
  ['no metric', 'worker_lag', undefined],
])('%s is summed over all labels', (_, name, sum) => {
  expect(sumOf(exposition, name)).toBe(sum)
})

test.each([
  ['the sum', 200, exposition, 7],
  ['nothing of a worker without partitions', 200, '# TYPE worker_lag_records gauge\nup 1', undefined],
  ['nothing of a worker that fails', 500, exposition, undefined],
])('the lag is %s', async (_, status, body, lag) => {
  expect(await readLag(await serve(status, body))).toBe(lag)
})

test('workers that read a topic must tell their lag', () => {
  const names = ['edge', 'normalize', 'search', 'devices', 'gaps']
  expect(names.filter((name) => hasLag({ name }))).toEqual(['normalize', 'search', 'gaps'])
})

async function serve(status: number, body: string): Promise<string> {
  const server = createServer((_, response) => void response.writeHead(status).end(body))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
