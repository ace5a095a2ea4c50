// Each way to pass off something else as a hardware key is refused, by its own reason.
import { beforeAll, describe, expect, test } from 'vitest'
import { challengeOf, checkRegistration, checkSignIn, readModels } from './keys.ts'
import type { KeyPolicy, NewKey } from './port.ts'
import { aaguid, createMaker, createSoftwareKey, type Maker } from './testing/software-key.ts'

const challenge = Buffer.from('a challenge of this platform').toString('base64url')
const unlisted = '01020304-0506-0708-0102-030405060708'
let maker: Maker
let stranger: Maker
let policy: KeyPolicy

beforeAll(async () => {
  ;[maker, stranger] = await Promise.all([createMaker(), createMaker()])
  policy = { origin: 'http://localhost:8080', models: [maker.model] }
})

const register = (
  options: Partial<Parameters<ReturnType<typeof createSoftwareKey>['register']>[0]>,
  model?: string,
) =>
  checkRegistration(createSoftwareKey(model).register({ challenge, maker, ...options }), {
    policy,
    challenge,
  })

describe('a registration', () => {
  test('of a key for which its maker vouches is taken', async () => {
    const key = createSoftwareKey()
    const answer = key.register({ challenge, maker })
    expect(challengeOf(answer)).toBe(challenge)
    expect(await checkRegistration(answer, { policy, challenge })).toMatchObject({
      ...{ credentialId: key.id, counter: 0, aaguid, model: 'Key of a maker' },
    })
  })

  test.each([
    ['software that claims a known model without a statement', { format: 'none' }, 'attestation_missing'],
    ['software that vouches for itself', { format: 'self' }, 'attestation_missing'],
    ['a key touched on another page', { origin: 'http://localhost:8081' }, 'origin_foreign'],
    ['a key touched for another host', { host: 'elsewhere.example' }, 'key_answer_invalid'],
    ['a passkey that is synced', { isSynced: true }, 'key_synced'],
    ['a key that asked for no PIN', { isVerified: false }, 'user_not_verified'],
    ['a signature of something else', { isTampered: true }, 'key_answer_invalid'],
  ] as const)('%s is refused', async (_, options, refused) => {
    expect(await register(options)).toEqual({ refused })
  })

  test('of a stranger’s chain is refused, with the maker’s root in it, too', async () => {
    expect(await register({ maker: stranger })).toEqual({ refused: 'attestation_untrusted' })
    const [leaf = new Uint8Array()] = stranger.attestation.chain
    const mixed = { ...stranger.attestation, chain: [leaf, ...maker.attestation.chain.slice(1)] }
    expect(await register({ maker: { ...stranger, attestation: mixed } })).toEqual({
      refused: 'attestation_untrusted',
    })
  })

  test.each([
    ['an end that is over', { notAfter: new Date(Date.now() - 86_400_000) }, 'attestation_untrusted'],
    ['an issuer that is no authority', { isAuthority: false }, 'attestation_untrusted'],
    ['another model in it', { certifies: unlisted }, 'key_answer_invalid'],
  ] as const)('by a certificate with %s is refused', async (_, options, refused) => {
    const other = await createMaker(options)
    const answer = createSoftwareKey().register({ challenge, maker: other })
    const trusting = { ...policy, models: [{ ...other.model, aaguid }] }
    expect(await checkRegistration(answer, { policy: trusting, challenge })).toEqual({ refused })
  })

  test('of a model that is not on the list is refused, whoever vouches', async () => {
    expect(await register({}, unlisted)).toEqual({ refused: 'model_unlisted' })
  })

  test('by a maker of another listed model is refused', async () => {
    const models = [
      { ...maker.model, roots: stranger.model.roots },
      { ...maker.model, aaguid: unlisted },
    ]
    const answer = createSoftwareKey().register({ challenge, maker })
    const refusal = await checkRegistration(answer, { policy: { ...policy, models }, challenge })
    expect(refusal).toEqual({ refused: 'attestation_untrusted' })
  })

  test('to another challenge is refused', async () => {
    const answer = createSoftwareKey().register({ challenge: 'b3RoZXI', maker })
    expect(await checkRegistration(answer, { policy, challenge })).toEqual({ refused: 'key_answer_invalid' })
  })

  test.each(['', 'AAAA', Buffer.from('a0', 'hex').toString('base64url')])(
    'that is no attestation is refused: %j',
    async (attestationObject) => {
      const { id, response } = createSoftwareKey().register({ challenge, maker })
      const answer = { id, response: { ...response, attestationObject } }
      expect(await checkRegistration(answer, { policy, challenge })).toEqual({
        refused: 'key_answer_invalid',
      })
    },
  )
})

describe('a sign-in', () => {
  const key = createSoftwareKey()
  let known: NewKey
  beforeAll(async () => {
    known = (await checkRegistration(key.register({ challenge, maker }), { policy, challenge })) as NewKey
  })
  const signIn = (options: object, counter = 7) =>
    checkSignIn(key.signIn({ challenge, counter: 8, ...options }), {
      ...{ policy, challenge, key: { ...known, counter, researcherId: 'ada' } },
    })

  test('with the registered key tells how often it was used', async () => {
    expect(await signIn({})).toEqual({ counter: 8 })
    expect(await signIn({ counter: 0 }, 0)).toEqual({ counter: 0 })
  })

  test.each([
    ['a counter that stands', { counter: 7 }, 'counter_back'],
    ['a counter that goes back', { counter: 3 }, 'counter_back'],
    ['a counter that is 0 again', { counter: 0 }, 'counter_back'],
    ['another page', { origin: 'https://localhost:8080' }, 'origin_foreign'],
    ['another host', { host: 'elsewhere.example' }, 'key_answer_invalid'],
    ['another challenge', { challenge: 'b3RoZXI' }, 'key_answer_invalid'],
    ['no PIN', { isVerified: false }, 'user_not_verified'],
    ['a signature of something else', { isTampered: true }, 'key_answer_invalid'],
    // The number is believed only when the key has signed it.
    [
      'a signature of something else and a counter that goes back',
      { isTampered: true, counter: 3 },
      'key_answer_invalid',
    ],
  ])('with %s is refused', async (_, options, refused) => {
    expect(await signIn(options)).toEqual({ refused })
  })

  test('with another key is refused', async () => {
    const answer = { ...createSoftwareKey().signIn({ challenge, counter: 8 }), id: key.id }
    const checked = checkSignIn(answer, { policy, challenge, key: { ...known, researcherId: 'ada' } })
    expect(await checked).toEqual({ refused: 'key_answer_invalid' })
  })
})

test('an answer that is none has no challenge', () => {
  expect(challengeOf({ id: 'a', response: { clientDataJSON: 'bm8', attestationObject: '' } })).toBeUndefined()
})

test('models are read from FIDO metadata statements', () => {
  const root = Buffer.from(maker.model.roots[0] ?? []).toString('base64')
  const statement = {
    aaguid: aaguid.toUpperCase(),
    description: 'A key',
    attestationRootCertificates: [root],
  }
  expect(readModels(JSON.stringify([{ ...statement, legalHeader: '…' }]))).toEqual([
    { aaguid, name: 'A key', roots: maker.model.roots },
  ])
  expect(() =>
    readModels(JSON.stringify([{ ...statement, attestationRootCertificates: ['AAAA'] }])),
  ).toThrow()
  expect(() => readModels('{}')).toThrow('array')
})
