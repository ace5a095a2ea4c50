// Who may enter research and by which key, as the rules, the store and the routes see it. Times are Unix milliseconds.

/** Why somebody is not let in. */
export const accessRefusals = [
  /** The operator has not said under which address researchers sign in. */
  'research_closed',
  /** An invitation that is unknown, used, too old, or of a researcher who was revoked. */
  'invitation_refused',
  /** A challenge that this platform did not give, gave for something else, or that was answered before or too late. */
  'challenge_refused',
  /** The browser was at another address than the console's. */
  'origin_foreign',
  /** The key does not say who made it, or says so by itself alone. */
  'attestation_missing',
  /** The model of the key is not on the operator's list. */
  'model_unlisted',
  /** No maker of that model vouches for the key. */
  'attestation_untrusted',
  /** The answer of the key is damaged, or was changed. */
  'key_answer_invalid',
  /** Neither a PIN nor a fingerprint was asked for. */
  'user_not_verified',
  /** A passkey that is copied to other devices is no hardware. */
  'key_synced',
  /** The key is registered already. */
  'key_known',
  /** The key is registered to nobody, or was revoked. */
  'key_unknown',
  /** The key counts less than before: there may be a copy of it. */
  'counter_back',
  /** A code of a notebook that is unknown, approved already, or too old. */
  'device_refused',
  /** Too many ceremonies have begun and are not over. */
  'too_many_ceremonies',
] as const
export type AccessRefusal = (typeof accessRefusals)[number]

export interface Refused<R extends AccessRefusal = AccessRefusal> {
  readonly refused: R
}

/** What an unpolled, early or late request for a notebook's token is told (RFC 8628, section 3.5). */
export const deviceErrors = ['authorization_pending', 'slow_down', 'expired_token', 'invalid_grant'] as const
export type DeviceError = (typeof deviceErrors)[number]

/** A model of keys that the operator allows, from its FIDO metadata statement. */
export interface KeyModel {
  /** `2fc0579f-8113-47ea-b116-bb5a8db9202a` */
  readonly aaguid: string
  readonly name: string
  /** Certificates (DER) of who vouches for keys of this model. */
  readonly roots: readonly Uint8Array<ArrayBuffer>[]
}

/** Where keys are used, and which. */
export interface KeyPolicy {
  /** The console's, as browsers know it: `https://my.example` */
  readonly origin: string
  /** Nobody registers a key where the list is empty. */
  readonly models: readonly KeyModel[]
}

/** An answer of a key as browsers send it (WebAuthn Level 3, `RegistrationResponseJSON`); binary fields are base64url. */
export interface RegistrationAnswer {
  readonly id: string
  readonly response: { readonly clientDataJSON: string; readonly attestationObject: string }
}

/** `AuthenticationResponseJSON` of WebAuthn Level 3. */
export interface SignInAnswer {
  readonly id: string
  readonly response: {
    readonly clientDataJSON: string
    readonly authenticatorData: string
    readonly signature: string
  }
}

export interface NewKey {
  /** Base64url, as the key calls itself. */
  readonly credentialId: string
  /** COSE. */
  readonly publicKey: Uint8Array<ArrayBuffer>
  readonly counter: number
  readonly aaguid: string
  readonly model: string
}

export interface KnownKey extends Pick<NewKey, 'credentialId' | 'publicKey' | 'counter'> {
  readonly researcherId: string
}

export interface Researcher {
  readonly researcherId: string
  /** For people. */
  readonly name: string
}

/** A challenge is for one purpose: the answer to it serves no other. */
type Purpose = 'register' | 'sign_in' | 'approve'

export interface Challenge {
  /** Base64url of random bytes. */
  readonly challenge: string
  readonly purpose: Purpose
  /** SHA-256 of the invitation or of the notebook's device code, in hexadecimal. */
  readonly about: string | undefined
}

export interface NewSession {
  readonly tokenSha256: string
  readonly kind: 'console' | 'notebook'
  readonly lastsMs: number
}

/** A notebook asks for a token; it holds the device code, its user types the other one. */
interface NewDevice {
  readonly deviceSha256: string
  readonly userCodeSha256: string
  /** As what the notebook describes itself: words of a stranger. */
  readonly clientId: string
}

/** What the store knows of a notebook that asks for its token. */
export interface PolledDevice {
  readonly atMs: number
  readonly validUntilMs: number
  /** When it asked before. */
  readonly polledAtMs: number | undefined
  readonly intervalS: number
  readonly isApproved: boolean
  readonly isUsed: boolean
}

export interface PollAnswer {
  /** Undefined where the notebook gets its token. */
  readonly error: DeviceError | undefined
  /** How long it waits before it asks again. */
  readonly intervalS: number
}

export interface OwnKey {
  readonly keyId: string
  readonly model: string
  readonly registeredAtMs: number
  readonly usedAtMs: number | undefined
  readonly revokedAtMs: number | undefined
}

export interface OwnSession {
  readonly sessionId: string
  readonly kind: NewSession['kind']
  readonly beganAtMs: number
  readonly endsAtMs: number
  readonly isThisOne: boolean
}

interface OwnAccess extends Researcher {
  readonly keys: readonly OwnKey[]
  /** Those that have not ended. */
  readonly sessions: readonly OwnSession[]
}

export interface InvitedResearcher extends Researcher {
  readonly invitedBy: string
  readonly revokedAtMs: number | undefined
  readonly keys: readonly OwnKey[]
}

/** Every method rejects when the store does not answer. Its clock is the database's. */
export interface AccessStore {
  /** A new researcher, or another invitation of one. Undefined where there is no such researcher, or not any more. */
  invite(
    asked: { readonly researcherId: string } | { readonly name: string },
    invitation: { readonly sha256: string; readonly invitedBy: string; readonly validMs: number },
  ): Promise<Researcher | undefined>
  /** Newest first. */
  researchers(limit: number): Promise<readonly InvitedResearcher[]>
  /** Ends keys, sessions and invitations, too. False where there is no such researcher. */
  revokeResearcher(researcherId: string, by: string): Promise<boolean>
  /** Ends its sessions, too. `of` where only that researcher's key may be revoked. False where there is no such key that holds. */
  revokeKey(keyId: string, by: { readonly author: string; readonly of?: string }): Promise<boolean>

  /** Of an invitation that may be used. */
  invited(sha256: string): Promise<(Researcher & { readonly credentialIds: readonly string[] }) | undefined>
  /** False where too many are open. */
  addChallenge(challenge: Challenge, validMs: number): Promise<boolean>
  /** Gives a challenge once. */
  takeChallenge(challenge: string, purpose: Purpose): Promise<Pick<Challenge, 'about'> | undefined>
  /** Uses the invitation up. */
  register(
    invitationSha256: string,
    key: NewKey,
  ): Promise<Researcher | Refused<'invitation_refused' | 'key_known'>>
  /** Of a key that holds. */
  keyOf(credentialId: string): Promise<KnownKey | undefined>
  /** Sets the counter, and begins a session or approves a notebook, unless another answer with the same counter came first. */
  signIn(
    key: { readonly credentialId: string; readonly counter: number },
    begin: NewSession | { readonly deviceSha256: string },
  ): Promise<Researcher | Refused<'counter_back' | 'device_refused'>>

  /** False where too many wait. */
  addDevice(
    device: NewDevice,
    times: { readonly validMs: number; readonly intervalS: number },
  ): Promise<boolean>
  deviceByUserCode(
    userCodeSha256: string,
  ): Promise<
    { readonly deviceSha256: string; readonly clientId: string; readonly askedAtMs: number } | undefined
  >
  /** Locks a notebook's request, asks what to answer, and begins the session where that is no error. Undefined: no such request. */
  poll(
    deviceSha256: string,
    session: NewSession,
    answer: (device: PolledDevice) => PollAnswer,
  ): Promise<Pick<PollAnswer, 'error'> | undefined>

  /** Undefined where the session has ended or was never begun. */
  ownAccess(tokenSha256: string): Promise<OwnAccess | undefined>
  /** Ends a session of the same researcher. False where there is none. */
  endSession(researcherId: string, sessionId: string): Promise<boolean>
}

/** A ceremony begins: `options` go to `navigator.credentials` of the browser. */
interface Begun {
  readonly options: object
}

export interface Token {
  /** `rs_…`, told this once. */
  readonly token: string
  readonly lastsS: number
}

export interface ResearchAccess {
  beginRegistration(code: string): Promise<(Begun & Researcher) | Refused>
  register(answer: RegistrationAnswer): Promise<Researcher | Refused>
  beginSignIn(): Promise<Begun | Refused<'research_closed' | 'too_many_ceremonies'>>
  signIn(answer: SignInAnswer): Promise<(Researcher & Token) | Refused>
  /** A notebook begins; its user opens `verificationUrl` and types the code. */
  authorizeDevice(clientId: string): Promise<
    | {
        readonly deviceCode: string
        readonly userCode: string
        readonly verificationUrl: string
        readonly lastsS: number
        readonly intervalS: number
      }
    | Refused<'research_closed' | 'too_many_ceremonies'>
  >
  beginApproval(
    userCode: string,
  ): Promise<(Begun & { readonly clientId: string; readonly askedAtMs: number }) | Refused>
  approve(answer: SignInAnswer): Promise<Researcher | Refused>
  pollDevice(deviceCode: string): Promise<Token | { readonly error: DeviceError }>
  ownAccess(token: string): Promise<OwnAccess | undefined>
  endSession(token: string, sessionId: string): Promise<boolean>
  revokeKey(token: string, keyId: string): Promise<boolean>
}
