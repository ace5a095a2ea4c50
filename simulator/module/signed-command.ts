// Verifies commands as docs/devices.md asks: only what a certified key of the platform has signed for this module is read.
import { createHash, verify, X509Certificate } from 'node:crypto'
import { fromBinary } from '@bufbuild/protobuf'
import {
  type Command,
  CommandSchema,
  type SignedCommand,
  SignedCommandSchema,
} from '../../proto/gen/mobility/devices/v1/command_pb.js'
import { uuidBytes } from '../../proto/index.ts'

export interface CommandTrust {
  readonly bikeId: string
  readonly deviceId: string
  /** The root of the device authority, in PEM. */
  readonly authority: string
}

const distrustReasons = [
  'unsigned',
  /** No certificate of the key, or one that the root does not vouch for, that has ended, or that is not for commands. */
  'key_unknown',
  'signature_wrong',
  'other_bike',
  'other_module',
] as const
export type DistrustReason = (typeof distrustReasons)[number]

export type Verified =
  | { readonly ok: true; readonly command: SignedCommand }
  | { readonly ok: false; readonly reason: DistrustReason }

/** Only keys for commands have it: certificates of modules and brokers chain to the same root. */
const codeSigning = '1.3.6.1.5.5.7.3.3'
const longestChain = 3

/** Whether it has expired, or was seen before, is judged afterwards, by the fields of `command`. */
export function verifyCommand(payload: Uint8Array, trust: CommandTrust, nowMs: number): Verified {
  const message = fromBinary(CommandSchema, payload)
  const no = (reason: DistrustReason): Verified => ({ ok: false, reason })
  if (message.signed.length === 0 || message.signature.length !== 64) return no('unsigned')
  const certificate = believedCertificate(message, trust, nowMs)
  if (certificate === undefined) return no('key_unknown')
  const key = { key: certificate.publicKey, dsaEncoding: 'ieee-p1363' } as const
  if (!verify('sha256', message.signed, key, message.signature)) return no('signature_wrong')
  const command = fromBinary(SignedCommandSchema, message.signed)
  if (!equal(command.bikeId, uuidBytes(trust.bikeId))) return no('other_bike')
  const own = uuidBytes(trust.deviceId)
  return command.deviceIds.some((id) => equal(id, own)) ? { ok: true, command } : no('other_module')
}

/** Of the key that the message names, where the root vouches for it. */
function believedCertificate({ keyId, certificates }: Command, trust: CommandTrust, nowMs: number) {
  const chain = certificates.slice(0, longestChain).flatMap(readCertificate)
  const [own] = chain
  if (own === undefined || own.ca || !own.keyUsage?.includes(codeSigning)) return undefined
  const spki = own.publicKey.export({ type: 'spki', format: 'der' })
  if (!equal(createHash('sha256').update(spki).digest(), keyId)) return undefined
  return isVouchedFor(chain, new X509Certificate(trust.authority), nowMs) ? own : undefined
}

function isVouchedFor(chain: readonly X509Certificate[], root: X509Certificate, nowMs: number): boolean {
  return chain.every((certificate, n) => {
    const issuer = chain[n + 1] ?? root
    return (
      issuer.ca &&
      certificate.checkIssued(issuer) &&
      certificate.verify(issuer.publicKey) &&
      certificate.validFromDate.getTime() <= nowMs &&
      nowMs < certificate.validToDate.getTime()
    )
  })
}

function readCertificate(der: Uint8Array): X509Certificate[] {
  try {
    return [new X509Certificate(der)]
  } catch {
    return []
  }
}

const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0
