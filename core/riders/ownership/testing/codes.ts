// Codes as dealers make them: on the receipt the code, in the statement its SHA-256.
import { createHash, randomBytes } from 'node:crypto'
import { claimCode, claimCodeCharacters } from '../../../../proto/codec/claim-code.ts'

export function receiptCode(): { readonly code: string; readonly sha256: Uint8Array<ArrayBuffer> } {
  const code = claimCode(randomBytes(16))
  const digest = createHash('sha256')
    .update(claimCodeCharacters(code) ?? '')
    .digest()
  return { code, sha256: Uint8Array.from(digest) }
}
