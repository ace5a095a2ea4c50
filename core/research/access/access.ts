// Researchers come in: an invitation registers a hardware key, a touch of the key begins a session of the console or approves a
// notebook's. Makes codes, challenges and tokens, has keys.ts check answers, and the store write.
import { generateAuthenticationOptions, generateRegistrationOptions } from '@simplewebauthn/server'
import { algorithms, challengeOf, checkRegistration, checkSignIn, relyingParty } from './keys.ts'
import type {
  AccessStore,
  Challenge,
  KeyPolicy,
  Refused,
  RegistrationAnswer,
  ResearchAccess,
  SignInAnswer,
} from './port.ts'
import {
  answerPoll,
  challengeValidMs,
  consoleSessionMs,
  deviceIntervalS,
  deviceValidMs,
  invitationSha256,
  newUserCode,
  notebookSessionMs,
  sha256,
  userCodeSha256,
} from './rules.ts'

interface AccessDeps {
  readonly store: AccessStore
  /** Nobody comes in where it is undefined. */
  readonly policy: KeyPolicy | undefined
}

const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes))
const secret = () => Buffer.from(random(32)).toString('base64url')
const newToken = () => `rs_${secret()}`

export function createResearchAccess({ store, policy }: AccessDeps): ResearchAccess {
  if (policy === undefined) return closed(store)
  const rpID = relyingParty(policy)

  /** The options, once their challenge is stored. */
  async function begin<Options extends object>(
    challenge: Challenge,
    options: Options,
  ): Promise<{ readonly options: Options } | Refused<'too_many_ceremonies'>> {
    const isAdded = await store.addChallenge(challenge, challengeValidMs)
    return isAdded ? { options } : { refused: 'too_many_ceremonies' }
  }

  async function beginTouch(purpose: 'sign_in' | 'approve', about?: string) {
    const options = await generateAuthenticationOptions({
      ...{ rpID, userVerification: 'required', timeout: challengeValidMs },
    })
    return begin({ challenge: options.challenge, purpose, about }, options)
  }

  const taken = async (answer: RegistrationAnswer | SignInAnswer, purpose: Challenge['purpose']) => {
    const challenge = challengeOf(answer)
    const found = challenge === undefined ? undefined : await store.takeChallenge(challenge, purpose)
    return challenge === undefined || found === undefined ? undefined : { challenge, about: found.about }
  }

  /** A registered key has answered to a challenge of that purpose. */
  async function touched(answer: SignInAnswer, purpose: 'sign_in' | 'approve') {
    const given = await taken(answer, purpose)
    if (given === undefined) return { refused: 'challenge_refused' } as const
    const key = await store.keyOf(answer.id)
    if (key === undefined) return { refused: 'key_unknown' } as const
    const checked = await checkSignIn(answer, {
      policy: policy as KeyPolicy,
      challenge: given.challenge,
      key,
    })
    if ('refused' in checked) return checked
    return { key: { credentialId: key.credentialId, counter: checked.counter }, about: given.about ?? '' }
  }

  return {
    ...ownAccessOf(store),
    async beginRegistration(code) {
      const about = invitationSha256(code)
      const invited = await store.invited(about)
      if (invited === undefined) return { refused: 'invitation_refused' }
      const { researcherId, name, credentialIds } = invited
      const options = await generateRegistrationOptions({
        ...{ rpName: 'Micro-mobility cloud: research', rpID, userName: name, timeout: challengeValidMs },
        userID: new TextEncoder().encode(researcherId),
        ...{ attestationType: 'direct', supportedAlgorithmIDs: algorithms },
        excludeCredentials: credentialIds.map((id) => ({ id })),
        // A discoverable credential: who signs in types no name.
        authenticatorSelection: {
          ...{
            authenticatorAttachment: 'cross-platform',
            residentKey: 'required',
            userVerification: 'required',
          },
        },
      })
      const begun = await begin({ challenge: options.challenge, purpose: 'register', about }, options)
      return 'refused' in begun ? begun : { ...begun, researcherId, name }
    },
    async register(answer) {
      const given = await taken(answer, 'register')
      if (given?.about === undefined) return { refused: 'challenge_refused' }
      const key = await checkRegistration(answer, { policy, challenge: given.challenge })
      return 'refused' in key ? key : store.register(given.about, key)
    },
    beginSignIn: () => beginTouch('sign_in'),
    async signIn(answer) {
      const touch = await touched(answer, 'sign_in')
      if ('refused' in touch) return touch
      const token = newToken()
      const session = { tokenSha256: sha256(token), kind: 'console', lastsMs: consoleSessionMs } as const
      const researcher = await store.signIn(touch.key, session)
      return 'refused' in researcher ? researcher : { ...researcher, token, lastsS: consoleSessionMs / 1_000 }
    },

    async authorizeDevice(clientId) {
      const [deviceCode, userCode] = [secret(), newUserCode(random(16))]
      const device = { deviceSha256: sha256(deviceCode), userCodeSha256: userCodeSha256(userCode), clientId }
      const times = { validMs: deviceValidMs, intervalS: deviceIntervalS }
      if (!(await store.addDevice(device, times))) return { refused: 'too_many_ceremonies' }
      const verificationUrl = `${policy.origin}/research/device`
      return {
        deviceCode,
        userCode,
        verificationUrl,
        lastsS: deviceValidMs / 1_000,
        intervalS: deviceIntervalS,
      }
    },
    async beginApproval(userCode) {
      const device = await store.deviceByUserCode(userCodeSha256(userCode))
      if (device === undefined) return { refused: 'device_refused' }
      const { deviceSha256, clientId, askedAtMs } = device
      const begun = await beginTouch('approve', deviceSha256)
      return 'refused' in begun ? begun : { ...begun, clientId, askedAtMs }
    },
    async approve(answer) {
      const touch = await touched(answer, 'approve')
      return 'refused' in touch ? touch : store.signIn(touch.key, { deviceSha256: touch.about })
    },
    async pollDevice(deviceCode) {
      const token = newToken()
      const session = { tokenSha256: sha256(token), kind: 'notebook', lastsMs: notebookSessionMs } as const
      const { error } = (await store.poll(sha256(deviceCode), session, answerPoll)) ?? {
        error: 'invalid_grant',
      }
      return error === undefined ? { token, lastsS: notebookSessionMs / 1_000 } : { error }
    },
  }
}

/** What researchers see and end of their own. */
function ownAccessOf(store: AccessStore): Pick<ResearchAccess, 'ownAccess' | 'endSession' | 'revokeKey'> {
  const own = (token: string) => store.ownAccess(sha256(token))
  return {
    ownAccess: own,
    async endSession(token, sessionId) {
      const access = await own(token)
      return access !== undefined && store.endSession(access.researcherId, sessionId)
    },
    async revokeKey(token, keyId) {
      const access = await own(token)
      if (access === undefined) return false
      const { researcherId: of } = access
      return store.revokeKey(keyId, { author: `researcher:${of}`, of })
    },
  }
}

/** No operator has said where researchers sign in. */
function closed(store: AccessStore): ResearchAccess {
  const refuse = async () => ({ refused: 'research_closed' }) as const
  return {
    ...ownAccessOf(store),
    ...{ beginRegistration: refuse, register: refuse, beginSignIn: refuse, signIn: refuse },
    ...{ authorizeDevice: refuse, beginApproval: refuse, approve: refuse },
    pollDevice: async () => ({ error: 'invalid_grant' }),
  }
}
