// Enrolment of modules and renewal of their certificates: a request is checked, its certificate signed and kept.
import { createHash } from 'node:crypto'
import { type Issued, type Signer, signDevice } from './certificates.ts'
import { validFor } from './folder.ts'
import type { CertificateRecord, DeviceStore, FurtherModule } from './port.ts'
import { readRequest } from './requests.ts'
import type { PublicKey } from './x509.ts'

const refusals = {
  request_invalid: 'the request does not pass',
  key_known: 'this key has a certificate already; the module makes a new key for each request',
  device_known: 'this device is enrolled already; renew its certificate',
  second_module:
    'the bike has a module in service; replace that one (--replaces), or propose a second one (--second)',
  replaced_unknown: 'the module to be replaced is none of this bike, or not in service',
  device_unknown: 'no such device is enrolled',
  device_revoked: 'this device is revoked, which is final; enrol the module anew, with a new key',
} as const
type Refusal = keyof typeof refusals

export type Certification =
  | { readonly outcome: 'issued'; readonly deviceId: string; readonly certificate: Issued }
  | { readonly outcome: 'refused'; readonly reason: Refusal; readonly detail: string }

interface CertificationRequest {
  readonly deviceId: string
  /** PKCS#10 in PEM; its subject does not matter. */
  readonly requestPem: string
  readonly days: number
  readonly nowMs?: number
}

export interface Authority {
  /** A new module of a bike. */
  enrol(
    asked: CertificationRequest & {
      readonly bikeId: string
      readonly further?: FurtherModule | undefined
      readonly verifiesCommands?: boolean | undefined
    },
  ): Promise<Certification>
  /** A new certificate, for a new key, of a module in service; those it has hold until they end. */
  renew(asked: CertificationRequest): Promise<Certification>
}

export function createAuthority({ signer, store }: { signer: Signer; store: DeviceStore }): Authority {
  async function certify(
    { deviceId, requestPem, days, nowMs = Date.now() }: CertificationRequest,
    keep: (record: Issued & CertificateRecord) => Promise<'added' | Refusal>,
  ): Promise<Certification> {
    const request = await readRequest(requestPem)
    if (!request.ok) return { outcome: 'refused', reason: 'request_invalid', detail: request.fault }
    const { publicKey } = request
    const certificate = await signDevice(signer, { publicKey, deviceId, ...validFor(days, nowMs) })
    const issuer = signer.certificate.serialNumber
    const kept = await keep({ ...certificate, issuer, keySha256: fingerprint(publicKey) })
    if (kept === 'added') return { outcome: 'issued', deviceId, certificate }
    return { outcome: 'refused', reason: kept, detail: refusals[kept] }
  }

  return {
    enrol: ({ bikeId, further, verifiesCommands, ...asked }) =>
      certify(asked, (certificate) =>
        store.add({ deviceId: asked.deviceId, bikeId, certificate, further, verifiesCommands }),
      ),
    renew: (asked) => certify(asked, (certificate) => store.addCertificate(asked.deviceId, certificate)),
  }
}

function fingerprint(publicKey: PublicKey): Uint8Array {
  return createHash('sha256').update(new Uint8Array(publicKey.rawData)).digest()
}
