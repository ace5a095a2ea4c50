// What hardware keys say, checked: who made the key, for which page it was touched, and that it is the one that was registered.
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server'
import { decodeAttestationObject, isoBase64URL, parseAuthenticatorData } from '@simplewebauthn/server/helpers'
import { z } from 'zod'
import type {
  KeyModel,
  KeyPolicy,
  KnownKey,
  NewKey,
  Refused,
  RegistrationAnswer,
  SignInAnswer,
} from './port.ts'

const clientData = z.object({ type: z.string(), challenge: z.string(), origin: z.string() })

/** The challenge that an answer is to; undefined where it is no answer. */
export function challengeOf({ response }: RegistrationAnswer | SignInAnswer): string | undefined {
  return clientDataOf(response.clientDataJSON)?.challenge
}

function clientDataOf(text: string): z.output<typeof clientData> | undefined {
  try {
    return clientData.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))
  } catch {
    return undefined
  }
}

const statement = z.object({
  aaguid: z.uuid().toLowerCase(),
  description: z.string().min(1),
  attestationRootCertificates: z.array(z.base64()).min(1),
})

/** EdDSA, ES256, RS256 (IANA's numbers for COSE). */
export const algorithms = [-8, -7, -257]

/** A JSON array of FIDO metadata statements → the models that it allows. Throws where it is none, or a root is no certificate. */
export function readModels(text: string): readonly KeyModel[] {
  return z
    .array(statement)
    .parse(JSON.parse(text))
    .map(({ aaguid, description, attestationRootCertificates: roots }) => ({
      ...{ aaguid, name: description },
      roots: roots.map((root) => Uint8Array.from(new X509Certificate(Buffer.from(root, 'base64')).raw)),
    }))
}

/**
 * Undefined where no address is told. Throws where browsers would not use keys at that address, or the file holds no models.
 *
 *     ('https://my.example/', undefined) → { origin: 'https://my.example', models: [] }
 */
export function readKeyPolicy(
  url: string | undefined,
  modelsFile: string | undefined,
): KeyPolicy | undefined {
  if (url === undefined) return undefined
  const { origin, protocol, hostname } = new URL(url)
  if (protocol !== 'https:' && hostname !== 'localhost')
    throw new Error(`RESEARCH_URL: keys work at https, or at localhost: ${url}`)
  if (modelsFile === undefined) return { origin, models: [] }
  try {
    return { origin, models: readModels(readFileSync(modelsFile, 'utf8')) }
  } catch (error) {
    throw new Error(`RESEARCH_KEY_MODELS_FILE: ${modelsFile} is no list of FIDO metadata statements`, {
      cause: error,
    })
  }
}

/** The policy's name for WebAuthn: the host of the console. */
export const relyingParty = ({ origin }: KeyPolicy): string => new URL(origin).hostname

interface Expected {
  readonly policy: KeyPolicy
  /** Taken from the answer, and given by this platform. */
  readonly challenge: string
}

/** A key of a listed model whose maker vouches for it, touched on our page by somebody whom it verified. */
export async function checkRegistration(
  answer: RegistrationAnswer,
  { policy, challenge }: Expected,
): Promise<NewKey | Refused> {
  const { origin } = clientDataOf(answer.response.clientDataJSON) ?? {}
  if (origin !== policy.origin) return { refused: 'origin_foreign' }
  const said = attestationOf(answer.response.attestationObject)
  if (said === undefined) return { refused: 'key_answer_invalid' }
  if (!said.isVerified) return { refused: 'user_not_verified' }
  if (said.isSynced) return { refused: 'key_synced' }
  if (said.format !== 'packed' || said.chain === undefined) return { refused: 'attestation_missing' }
  const model = policy.models.find(({ aaguid }) => aaguid === said.aaguid)
  if (model === undefined) return { refused: 'model_unlisted' }
  if (!isVouchedFor(said.chain, model.roots)) return { refused: 'attestation_untrusted' }
  const registered = await verifyRegistrationResponse({
    response: { ...answer, rawId: answer.id, type: 'public-key', clientExtensionResults: {} },
    ...{ expectedChallenge: challenge, expectedOrigin: policy.origin, expectedRPID: relyingParty(policy) },
    ...{ requireUserVerification: true, supportedAlgorithmIDs: algorithms },
  }).catch(() => undefined)
  if (!registered?.verified) return { refused: 'key_answer_invalid' }
  const { id, publicKey, counter } = registered.registrationInfo.credential
  return { credentialId: id, publicKey, counter, aaguid: said.aaguid, model: model.name }
}

/** Undefined where it is none. */
function attestationOf(text: string) {
  try {
    const attestation = decodeAttestationObject(isoBase64URL.toBuffer(text))
    const { aaguid, flags } = parseAuthenticatorData(attestation.get('authData'))
    const x5c = attestation.get('attStmt').get('x5c')
    return {
      format: attestation.get('fmt'),
      aaguid: uuidOf(aaguid ?? new Uint8Array()),
      isVerified: flags.uv,
      isSynced: flags.be || flags.bs,
      /** The key's own certificate first. */
      chain: x5c?.map((each) => new X509Certificate(each)),
    }
  } catch {
    return undefined
  }
}

function uuidOf(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** A key's certificate, and at most so many between it and the root. */
const longestChain = 4

/** Each certificate is signed by the next one, which is of an authority, and the last one by a root. */
function isVouchedFor(chain: readonly X509Certificate[], roots: KeyModel['roots']): boolean {
  const last = chain.at(-1)
  if (last === undefined || chain.length > longestChain) return false
  const nowMs = Date.now()
  const isLinked = chain.every((each, index) => {
    const issuer = chain[index + 1]
    const isInTime = each.validFromDate.getTime() <= nowMs && nowMs <= each.validToDate.getTime()
    return isInTime && (issuer === undefined || (issuer.ca && isSignedBy(each, issuer)))
  })
  return isLinked && roots.some((root) => isSignedBy(last, new X509Certificate(root)))
}

const isSignedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
  certificate.issuer === issuer.subject && certificate.verify(issuer.publicKey)

/** The counter of the registered key, touched on our page by somebody whom it verified. */
export async function checkSignIn(
  answer: SignInAnswer,
  { policy, challenge, key }: Expected & { readonly key: KnownKey },
): Promise<{ readonly counter: number } | Refused> {
  const { origin } = clientDataOf(answer.response.clientDataJSON) ?? {}
  if (origin !== policy.origin) return { refused: 'origin_foreign' }
  const said = authenticatorDataOf(answer.response.authenticatorData)
  if (said === undefined) return { refused: 'key_answer_invalid' }
  if (!said.flags.uv) return { refused: 'user_not_verified' }
  const { credentialId: id, publicKey } = key
  const signedIn = await verifyAuthenticationResponse({
    response: { ...answer, rawId: answer.id, type: 'public-key', clientExtensionResults: {} },
    ...{ expectedChallenge: challenge, expectedOrigin: policy.origin, expectedRPID: relyingParty(policy) },
    // Compared below: the library does so before it knows that the key has signed the number.
    credential: { id, publicKey, counter: -1 },
    requireUserVerification: true,
  }).catch(() => undefined)
  if (!signedIn?.verified) return { refused: 'key_answer_invalid' }
  return goesOn(key.counter, said.counter) ? { counter: said.counter } : { refused: 'counter_back' }
}

function authenticatorDataOf(text: string) {
  try {
    return parseAuthenticatorData(isoBase64URL.toBuffer(text))
  } catch {
    return undefined
  }
}

/** A key that does not count says 0 for ever. */
const goesOn = (before: number, now: number): boolean => now > before || (now === 0 && before === 0)
