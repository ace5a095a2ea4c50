import { expect, test } from 'vitest'
import { parseRegistrationLine } from './registration.ts'

const bikeId = '6f1c1d1e-8b1f-4c53-9a3e-0d5b7c1f2a10'
const whole = { bikeId, riderId: 'r1', producedAt: '2024-03-01' }

test('a whole line is a registration', () => {
  expect(parseRegistrationLine(JSON.stringify({ ...whole, ownedFrom: '2024-05-01T10:00:00+02:00' }))).toEqual(
    {
      ok: true,
      bike: {
        bikeId,
        riderId: 'r1',
        producedAt: new Date('2024-03-01T00:00:00Z'),
        ownedFrom: new Date('2024-05-01T08:00:00Z'),
      },
    },
  )
})

test.each([
  ['what is no JSON', '{'],
  ['a bike id that is no UUID', JSON.stringify({ ...whole, bikeId: 'b1' })],
  ['an absent rider', JSON.stringify({ ...whole, riderId: '' })],
  ['a date that is none', JSON.stringify({ ...whole, producedAt: 'yesterday' })],
  ['a production at the beginning of Unix time', JSON.stringify({ ...whole, producedAt: '1970-01-01' })],
  ['a production in the future', JSON.stringify({ ...whole, producedAt: '2099-01-01' })],
  ['an owner before production', JSON.stringify({ ...whole, ownedFrom: '2023-01-01' })],
  ['an unknown field', JSON.stringify({ ...whole, model: 'x' })],
])('refuses %s', (_, line) => {
  expect(parseRegistrationLine(line)).toMatchObject({ ok: false })
})
