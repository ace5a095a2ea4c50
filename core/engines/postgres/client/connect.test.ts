import { expect, test } from 'vitest'
import { connectPostgres } from './connect.ts'

const here = 'postgres://u:p@127.0.0.1:1/d'

test.each(['sslmode=require', 'sslmode=prefer', 'sslmode=verify-ca', 'sslrootcert=/ca.pem'])(
  'nobody connects with %s, whoever read the settings',
  (query) => {
    expect(() => connectPostgres({ url: `${here}?${query}`, name: 'test' })).toThrow('verify-full')
  },
)

test('an authority that cannot be read is a fault at once', () => {
  const url = `${here}?sslmode=verify-full&sslrootcert=/nowhere/ca.pem`
  expect(() => connectPostgres({ url, name: 'test' })).toThrow('/nowhere/ca.pem')
})
