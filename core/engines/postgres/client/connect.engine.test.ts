import { expect, test } from 'vitest'
import { startCuttableProxy } from '../../../../testkit/cuttable-proxy.ts'
import { testEngines } from '../../../../testkit/engines.ts'
import { connectPostgres } from './connect.ts'

test('a database that falls silent is given up, and found again', async () => {
  const url = new URL(testEngines().databaseUrl)
  let isSilent = false
  const proxy = await startCuttableProxy({ host: url.hostname, port: Number(url.port) }, (bytes) =>
    isSilent ? Buffer.alloc(0) : bytes,
  )
  url.host = `127.0.0.1:${proxy.port}`
  const sql = connectPostgres({ url: url.href, name: 'test', maxConnections: 1, statementTimeoutMs: 500 })
  const one = () => sql`select 1 as one`
  expect(await one()).toEqual([{ one: 1 }])
  isSilent = true
  await expect(one()).rejects.toThrow('CONNECTION_CLOSED')
  isSilent = false
  expect(await one()).toEqual([{ one: 1 }])
  await sql.end()
  await proxy.close()
})
