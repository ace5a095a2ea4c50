import { beforeEach, expect, test, vi } from 'vitest'

const bindings = {
  FORWARD_URL: 'http://127.0.0.1:1',
  FORWARD_SECRET: '0123456789abcdef',
  JWKS_URL: 'http://127.0.0.1:1/jwks.json',
  JWT_ISSUER: 'issuer',
  JWT_AUDIENCE: 'telemetry',
  RATE_PER_ADDRESS: '0.001',
  BURST_PER_ADDRESS: '1',
}

beforeEach(() => {
  vi.resetModules()
})

async function statuses(addresses: readonly string[], settings: object): Promise<number[]> {
  const { default: worker } = await import('./workerd.ts')
  const answers = addresses.map((address) => {
    const headers = { 'content-type': 'application/x-protobuf', 'cf-connecting-ip': address }
    const request = new Request('http://edge/v1/telemetry', { method: 'POST', headers })
    return worker.fetch(request, { ...bindings, ...settings })
  })
  return (await Promise.all(answers)).map(({ status }) => status)
}

test('on workerd the header of an address is believed only where a setting says so', async () => {
  const addresses = ['203.0.113.1', '203.0.113.1', '203.0.113.2']
  expect(await statuses(addresses, { ADDRESS_HEADER: 'cf-connecting-ip' })).toEqual([401, 429, 401])
})

test('on workerd, without that setting, no header counts and clients share no limit', async () => {
  expect(await statuses(['203.0.113.1', '203.0.113.1'], {})).toEqual([401, 401])
})
