import { describe, expect, test } from 'vitest'
import { createDoor, defaultDoorLimits } from './doors.ts'
import type { Authenticate, Caller } from './port.ts'

const limits = { failedTokensPerAddress: 1, requestsPerCaller: 2, inFlight: 3, inFlightPerCaller: 2 }
const [attacker, home] = ['198.51.100.1', '203.0.113.1']

function doorWith(some: Partial<typeof limits> = {}) {
  const clock = { ms: 0 }
  let verified = 0
  const authenticate: Authenticate = async (authorization = '') => {
    verified++
    if (authorization === 'away') throw new Error('away')
    if (authorization === 'false') return { reason: 'token_invalid', detail: 'signature' }
    if (authorization === '') return { reason: 'token_missing', detail: 'none' }
    return { subject: authorization, roles: new Set() } satisfies Caller
  }
  const door = createDoor(
    authenticate,
    { ...defaultDoorLimits, requestsPerCaller: 0, failedTokensPerAddress: 0, ...some },
    { monotonicMs: () => clock.ms },
  )
  const knock = async (authorization: string, address = home) => {
    const entered = await door({ address, authorization })
    return 'problem' in entered
      ? { reason: entered.problem.reason, waitMs: entered.waitMs }
      : { subject: entered.caller.subject, leave: entered.leave }
  }
  return { clock, knock, verified: () => verified }
}

test('where no token is needed, none is looked at, and an address is a caller', async () => {
  const clock = { monotonicMs: () => 0 }
  const authenticate: Authenticate = () => Promise.reject(new Error('looked at'))
  const door = createDoor(authenticate, { ...defaultDoorLimits, requestsPerCaller: 1 }, clock)
  const knock = (address: string) => door({ address, authorization: 'false', isOpen: true })
  for (let i = 0; i < 10; i++) expect(await knock(attacker)).toMatchObject({ caller: { roles: new Set() } })
  expect(await knock(attacker)).toMatchObject({ problem: { reason: 'caller_rate_exceeded' } })
  expect(await knock(home)).toMatchObject({ caller: { subject: `address:${home}` } })
})

describe('false signatures', () => {
  test('are not looked at any more when an address has shown too many, and others are', async () => {
    const { clock, knock, verified } = doorWith({ failedTokensPerAddress: 1 })
    for (let i = 0; i < 10; i++)
      expect(await knock('false', attacker)).toMatchObject({ reason: 'token_invalid' })
    for (let i = 0; i < 1_200; i++) {
      expect(await knock('false', attacker)).toEqual({ reason: 'address_rate_exceeded', waitMs: 1_000 })
    }
    expect(verified()).toBe(10)
    expect(await knock('anna')).toMatchObject({ subject: 'anna' })
    clock.ms = 1_000
    expect(await knock('anna', attacker)).toMatchObject({ subject: 'anna' })
  })

  test('of those at hand at the same time all count', async () => {
    const { knock } = doorWith({ failedTokensPerAddress: 1 })
    await Promise.all(Array.from({ length: 40 }, () => knock('false', attacker)))
    expect(await knock('anna', attacker)).toEqual({ reason: 'address_rate_exceeded', waitMs: 31_000 })
  })

  test('a missing token is no false one, and good ones never count', async () => {
    const { knock } = doorWith({ failedTokensPerAddress: 1 })
    for (let i = 0; i < 50; i++) {
      expect(await knock('')).toMatchObject({ reason: 'token_missing' })
      expect(await knock('anna')).toMatchObject({ subject: 'anna' })
    }
  })
})

test('a caller asks so often at most, and another one as often', async () => {
  const { clock, knock } = doorWith({ requestsPerCaller: 2, inFlightPerCaller: 100 })
  for (let i = 0; i < 20; i++) expect(await knock('anna')).toMatchObject({ subject: 'anna' })
  expect(await knock('anna')).toEqual({ reason: 'caller_rate_exceeded', waitMs: 500 })
  expect(await knock('ben')).toMatchObject({ subject: 'ben' })
  clock.ms = 500
  expect(await knock('anna')).toMatchObject({ subject: 'anna' })
})

test('a caller, and all together, have so many requests at hand at most', async () => {
  const { knock } = doorWith({ inFlight: 3, inFlightPerCaller: 2 })
  const [first] = await Promise.all([knock('anna'), knock('anna')])
  expect(await knock('anna')).toEqual({ reason: 'caller_rate_exceeded', waitMs: 1_000 })
  await knock('ben')
  expect(await knock('cleo')).toEqual({ reason: 'overloaded', waitMs: 1_000 })
  for (let i = 0; i < 2; i++) first?.leave?.()
  expect(await knock('cleo')).toMatchObject({ subject: 'cleo' })
  expect(await knock('ben')).toMatchObject({ reason: 'overloaded' })
})

test('whoever is not let in holds no place, however that ends', async () => {
  const { knock } = doorWith({ inFlight: 1 })
  for (let i = 0; i < 5; i++) {
    await knock('false')
    await expect(knock('away')).rejects.toThrow('away')
  }
  expect(await knock('anna')).toMatchObject({ subject: 'anna' })
})
