// The certificate of an erasure: a signed text (JWS) that anybody with the platform's public key can verify, without the platform.
import type { KeyObject } from 'node:crypto'
import { CompactSign, compactVerify } from 'jose'
import { z } from 'zod'
import type { FinishedErasure } from './port.ts'

const type = 'erasure-certificate+jws'
const time = z.iso.datetime()
const content = z.object({
  erasureId: z.uuid(),
  requestedAt: time,
  doneAt: time,
  stores: z.array(
    z.object({
      store: z.string(),
      how: z.string(),
      unreachableAt: time.nullable(),
      bytesGoneAt: time.nullable(),
      note: z.string(),
    }),
  ),
})
/** Times in UTC: `2026-11-30T11:00:00.000Z`. */
export type CertificateContent = z.output<typeof content>

export function certificateContent(finished: FinishedErasure): CertificateContent {
  const { erasureId, requestedAtMs, doneAtMs, stores } = finished
  return {
    ...{ erasureId, requestedAt: iso(requestedAtMs), doneAt: iso(doneAtMs) },
    stores: stores.map(({ store, how, unreachableAtMs, bytesGoneAtMs, note }) => ({
      ...{
        store,
        how,
        unreachableAt: isoOrNull(unreachableAtMs),
        bytesGoneAt: isoOrNull(bytesGoneAtMs),
        note,
      },
    })),
  }
}

const iso = (ms: number) => new Date(ms).toISOString()
const isoOrNull = (ms: number | null) => (ms === null ? null : iso(ms))

/** By an Ed25519 key. */
export function signCertificate(
  certificate: CertificateContent,
  { privateKey, keyId }: { readonly privateKey: KeyObject; readonly keyId: string },
): Promise<string> {
  return new CompactSign(new TextEncoder().encode(JSON.stringify(certificate)))
    .setProtectedHeader({ alg: 'EdDSA', typ: type, kid: keyId })
    .sign(privateKey)
}

/** Rejects where that key did not sign it, where it was changed since, and where it is no certificate of an erasure. */
export async function verifyCertificate(jws: string, publicKey: KeyObject): Promise<CertificateContent> {
  const { payload, protectedHeader } = await compactVerify(jws.trim(), publicKey, { algorithms: ['EdDSA'] })
  if (protectedHeader.typ !== type) throw new Error('it is signed, and no certificate of an erasure')
  return content.parse(JSON.parse(new TextDecoder().decode(payload)))
}
