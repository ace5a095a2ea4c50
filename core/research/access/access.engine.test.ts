// Researchers come in and are shut out: rules and store on a real database.
import { beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase } from '../../../testkit/engines.ts'
import type { Sql } from '../../engines/postgres/client/connect.ts'
import { createAccessStore } from '../../engines/postgres/research/access-store.ts'
import { createResearchAccess } from './access.ts'
import type { AccessStore, Refused, ResearchAccess, Researcher, Token } from './port.ts'
import { invitationSha256, sha256 } from './rules.ts'
import { researcherOf } from './sessions.ts'
import { createMaker, createSoftwareKey, type Maker, type SoftwareKey } from './testing/software-key.ts'

const hourMs = 3_600_000
const origin = 'http://localhost:8080'
let sql: Sql
let store: AccessStore
let maker: Maker
let access: ResearchAccess

beforeAll(async () => {
  const database = await createTestDatabase()
  sql = database.sql
  store = createAccessStore(sql)
  maker = await createMaker()
  access = createResearchAccess({ store, policy: { origin, models: [maker.model] } })
  return database.drop
})

let invitations = 0
/** Another invitation of a researcher where an id is told. */
async function invite(asked: Parameters<AccessStore['invite']>[0] = { name: 'Ada' }, validMs = hourMs) {
  const code = `0000-0000-0000-${String(invitations++).padStart(4, '0')}`
  const invitation = { sha256: invitationSha256(code), invitedBy: 'console:root', validMs }
  const researcher = (await store.invite(asked, invitation)) as Researcher
  return { code, ...researcher }
}
const challengeIn = (begun: { options: object } | Refused) =>
  'refused' in begun ? '' : (begun.options as { challenge: string }).challenge

async function register(code: string, key: SoftwareKey = createSoftwareKey()) {
  const challenge = challengeIn(await access.beginRegistration(code))
  return { key, registered: await access.register(key.register({ challenge, maker })) }
}
let counter = 0
const signIn = async (key: SoftwareKey, options = {}) => {
  const challenge = challengeIn(await access.beginSignIn())
  return access.signIn(key.signIn({ challenge, counter: ++counter, ...options }))
}
const who = (token: string, inMs = 0) => researcherOf(sql, token, new Date(Date.now() + inMs))
async function enter() {
  const invited = await invite()
  const { key } = await register(invited.code)
  const { token } = (await signIn(key)) as Token
  return { ...invited, key, token }
}

test('an invited researcher registers a key, signs in, and is known by the token for eight hours', async () => {
  const { code, researcherId } = await invite()
  const begun = await access.beginRegistration(code)
  expect(begun).toMatchObject({
    ...{ researcherId, name: 'Ada' },
    options: {
      attestation: 'direct',
      rp: { id: 'localhost' },
      authenticatorSelection: { userVerification: 'required' },
    },
  })
  const { key, registered } = await register(code)
  expect(registered).toEqual({ researcherId, name: 'Ada' })
  const entered = (await signIn(key)) as Researcher & Token
  expect(entered).toMatchObject({ researcherId, name: 'Ada', lastsS: 28_800 })
  expect(await who(entered.token)).toBe(researcherId)
  expect(await who(entered.token, 8 * hourMs - 60_000)).toBe(researcherId)
  expect(await who(entered.token, 8 * hourMs + 60_000)).toBeUndefined()
  expect(await who(`${entered.token.slice(0, -1)}!`)).toBeUndefined()
  expect(await who(`rs_${'A'.repeat(43)}`)).toBeUndefined()
})

test('what is secret is stored as a hash alone', async () => {
  const { code, token } = await enter()
  const device = await access.authorizeDevice('notebook')
  if ('refused' in device) throw new Error(device.refused)
  const rows = await sql`
    select to_jsonb(a)::text as row from researcher_invitations a union all select to_jsonb(b)::text from researcher_sessions b
    union all select to_jsonb(c)::text from researcher_devices c`
  const stored = rows.map(({ row }) => row).join()
  expect(stored).toContain(sha256(token))
  for (const secret of [code, token, device.deviceCode, device.userCode]) expect(stored).not.toContain(secret)
})

describe('an invitation', () => {
  test('registers one key, however often it is shown at once', async () => {
    const { code, researcherId } = await invite()
    // All have begun before the first is done: whoever begins later has no challenge to answer.
    const begun = await Promise.all([1, 2, 3].map(() => access.beginRegistration(code).then(challengeIn)))
    const all = await Promise.all(
      begun.map((challenge) => access.register(createSoftwareKey().register({ challenge, maker }))),
    )
    const outcomes = all.map((registered) => ('refused' in registered ? registered.refused : 'registered'))
    expect(outcomes.sort()).toEqual(['invitation_refused', 'invitation_refused', 'registered'])
    expect(await access.beginRegistration(code)).toEqual({ refused: 'invitation_refused' })
    const second = await invite({ researcherId })
    expect((await register(second.code)).registered).toMatchObject({ researcherId })
  })

  test('that is unknown, no code, too old or of a revoked researcher registers nothing', async () => {
    const late = await invite(undefined, -1)
    const revoked = await invite()
    await store.revokeResearcher(revoked.researcherId, 'console:root')
    for (const code of ['ZZZZ-ZZZZ-ZZZZ-ZZZZ', 'what?', late.code, revoked.code])
      expect(await access.beginRegistration(code)).toEqual({ refused: 'invitation_refused' })
    expect(
      await store.invite(
        { researcherId: revoked.researcherId },
        { sha256: sha256('x'), invitedBy: 'a', validMs: 1 },
      ),
    ).toBeUndefined()
  })

  test('is not used up by a key that is refused, or known', async () => {
    const { key, researcherId } = await enter()
    const { code } = await invite()
    const forged = createSoftwareKey()
    const answer = () => access.beginRegistration(code).then(challengeIn)
    expect(await access.register(forged.register({ challenge: await answer(), format: 'none' }))).toEqual({
      refused: 'attestation_missing',
    })
    expect((await register(code, key)).registered).toEqual({ refused: 'key_known' })
    expect((await register(code)).registered).not.toHaveProperty('refused')
    // The other's key is still the other's.
    expect(await signIn(key)).toMatchObject({ researcherId })
  })
})

describe('an answer', () => {
  test('is taken once, for what its challenge was given', async () => {
    const { key } = await enter()
    const challenge = challengeIn(await access.beginSignIn())
    const answer = key.signIn({ challenge, counter: ++counter })
    expect(await access.approve(answer)).toEqual({ refused: 'challenge_refused' })
    expect(await access.signIn(answer)).toHaveProperty('token')
    expect(await access.signIn(answer)).toEqual({ refused: 'challenge_refused' })
    const registration = challengeIn(await access.beginRegistration((await invite()).code))
    expect(await access.signIn(key.signIn({ challenge: registration, counter: ++counter }))).toEqual({
      refused: 'challenge_refused',
    })
    expect(await access.signIn(key.signIn({ challenge: 'b3RoZXI', counter: ++counter }))).toEqual({
      refused: 'challenge_refused',
    })
  })

  test('of a key with a counter that goes back begins no session', async () => {
    const { key } = await enter()
    expect(await signIn(key, { counter: 1 })).toEqual({ refused: 'counter_back' })
    // Two answers with one number, checked at once: the store takes the first.
    const counters = { credentialId: key.id, counter: ++counter }
    const session = (token: string) => ({ tokenSha256: sha256(token), kind: 'console', lastsMs: 1 }) as const
    const both = await Promise.all(
      ['a', 'b'].map((token) => store.signIn(counters, session(`${key.id}${token}`))),
    )
    expect(both.filter((each) => 'refused' in each)).toEqual([{ refused: 'counter_back' }])
  })

  test('of a key that nobody registered is refused', async () => {
    expect(await signIn(createSoftwareKey())).toEqual({ refused: 'key_unknown' })
  })
})

describe('what is revoked ends at once', () => {
  test('a session, by its researcher alone', async () => {
    const [ada, eve] = [await enter(), await enter()]
    const [session] = (await access.ownAccess(ada.token))?.sessions ?? []
    const sessionId = session?.sessionId ?? ''
    expect(await access.endSession(eve.token, sessionId)).toBe(false)
    expect(await who(ada.token)).toBe(ada.researcherId)
    expect(await access.endSession(ada.token, sessionId)).toBe(true)
    expect(await who(ada.token)).toBeUndefined()
    expect(await access.ownAccess(ada.token)).toBeUndefined()
  })

  test('a lost key with its sessions, by another key of the researcher', async () => {
    const ada = await enter()
    const eve = await enter()
    const { key: second } = await register((await invite({ researcherId: ada.researcherId })).code)
    const { token } = (await signIn(second)) as Token
    const keys = (await access.ownAccess(token))?.keys ?? []
    expect(keys).toHaveLength(2)
    const lost = keys.at(-1)?.keyId ?? ''
    expect(await access.revokeKey(eve.token, lost)).toBe(false)
    expect(await access.revokeKey(token, lost)).toBe(true)
    expect(await who(ada.token)).toBeUndefined()
    expect(await signIn(ada.key)).toEqual({ refused: 'key_unknown' })
    expect(await who(token)).toBe(ada.researcherId)
    // It is not registered again, not even by a new invitation.
    const again = await invite({ researcherId: ada.researcherId })
    expect((await register(again.code, ada.key)).registered).toEqual({ refused: 'key_known' })
  })

  test('a researcher with all keys and sessions, by the operator', async () => {
    const { researcherId, key, token } = await enter()
    expect(await store.revokeResearcher(researcherId, 'console:root')).toBe(true)
    expect(await store.revokeResearcher(researcherId, 'console:root')).toBe(false)
    expect(await who(token)).toBeUndefined()
    expect(await signIn(key)).toEqual({ refused: 'key_unknown' })
    const listed = (await store.researchers(200)).find((each) => each.researcherId === researcherId)
    expect(listed).toMatchObject({
      name: 'Ada',
      revokedAtMs: expect.any(Number),
      keys: [{ model: 'Key of a maker' }],
    })
  })
})

describe('a notebook', () => {
  const begin = async () => {
    const device = await access.authorizeDevice('notebook')
    if ('refused' in device) throw new Error(device.refused)
    return device
  }
  const approve = async (userCode: string, key: SoftwareKey) => {
    const challenge = challengeIn(await access.beginApproval(userCode))
    return access.approve(key.signIn({ challenge, counter: ++counter }))
  }
  /** As if that much time had passed since it asked last. */
  const wait = () => sql`update researcher_devices set polled_at = polled_at - interval '2 minutes'`

  test('gets a token of 15 minutes, once, when the key was touched for its code', async () => {
    const { key, researcherId } = await enter()
    const { deviceCode, userCode, ...device } = await begin()
    expect(device).toEqual({ verificationUrl: `${origin}/research/device`, lastsS: 600, intervalS: 5 })
    expect(await access.pollDevice(deviceCode)).toEqual({ error: 'authorization_pending' })
    expect(await access.pollDevice(deviceCode)).toEqual({ error: 'slow_down' })
    expect(await access.beginApproval(userCode.toLowerCase())).toMatchObject({ clientId: 'notebook' })
    expect(await approve(userCode, key)).toMatchObject({ researcherId })
    expect(await approve(userCode, key)).toEqual({ refused: 'challenge_refused' })
    await wait()
    const { token = '', lastsS } = (await access.pollDevice(deviceCode)) as Token
    expect(lastsS).toBe(900)
    expect([await who(token), await who(token, 14 * 60_000)]).toEqual([researcherId, researcherId])
    expect(await who(token, 16 * 60_000)).toBeUndefined()
    await wait()
    expect(await access.pollDevice(deviceCode)).toEqual({ error: 'invalid_grant' })
  })

  test('with an unknown code gets nothing', async () => {
    expect(await access.pollDevice('nothing')).toEqual({ error: 'invalid_grant' })
    expect(await access.beginApproval('ZZZZ-ZZZZ')).toEqual({ refused: 'device_refused' })
  })

  test('that comes too late is told so, and is approved no more', async () => {
    const { key } = await enter()
    const { deviceCode, userCode } = await begin()
    const challenge = challengeIn(await access.beginApproval(userCode))
    await sql`update researcher_devices set valid_until = now() where device_sha256 = ${Buffer.from(sha256(deviceCode), 'hex')}`
    expect(await access.pollDevice(deviceCode)).toEqual({ error: 'expired_token' })
    expect(await access.beginApproval(userCode)).toEqual({ refused: 'device_refused' })
    expect(await access.approve(key.signIn({ challenge, counter: ++counter }))).toEqual({
      refused: 'device_refused',
    })
  })

  test('is approved by a sign-in of nobody else: an answer to a sign-in approves nothing', async () => {
    const { key } = await enter()
    const { deviceCode } = await begin()
    await signIn(key)
    expect(await access.pollDevice(deviceCode)).toEqual({ error: 'authorization_pending' })
  })
})

test('a flood of ceremonies takes no more room than ten thousand rows', async () => {
  await sql`
    insert into researcher_challenges (challenge, purpose, valid_until)
    select 'flood-' || n, 'sign_in', now() + interval '1 hour' from generate_series(1, 10000) as n`
  expect(await access.beginSignIn()).toEqual({ refused: 'too_many_ceremonies' })
  // What is over makes room.
  await sql`update researcher_challenges set valid_until = now() - interval '1 second'`
  expect(await access.beginSignIn()).toHaveProperty('options')
  expect(await sql`select from researcher_challenges`).toHaveLength(1)
})

test('where no operator has said where researchers sign in, nobody comes in', async () => {
  const closed = createResearchAccess({ store, policy: undefined })
  expect(await closed.beginSignIn()).toEqual({ refused: 'research_closed' })
  expect(await closed.authorizeDevice('notebook')).toEqual({ refused: 'research_closed' })
  expect(await closed.pollDevice('nothing')).toEqual({ error: 'invalid_grant' })
})
