// The key that signs commands, as whoever signs with it opens it.
import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { decrypted } from './keys.ts'
import { readPassphrase } from './passphrase.ts'

export interface CommandKeyFiles {
  /** COMMAND_SIGNING_KEY_FILE: PKCS#8 in PEM, encrypted. */
  readonly keyFile: string
  /** COMMAND_SIGNING_CERTIFICATE_FILE: PEM, signed by the root. */
  readonly certificateFile: string
  /** COMMAND_SIGNING_PASSPHRASE_FILE */
  readonly passphraseFile: string
}

export interface CommandKey {
  /** EC P-256, for ES256. */
  readonly privateKey: KeyObject
  /** The root signed it; its extended key usage is codeSigning. */
  readonly certificate: X509Certificate
  readonly certificatePem: string
}

/** Throws one line, which names the file, when key, certificate and passphrase do not fit, or the certificate has ended. */
export async function openCommandKey(files: CommandKeyFiles, nowMs = Date.now()): Promise<CommandKey> {
  const { keyFile, certificateFile, passphraseFile } = files
  const [keyPem, certificatePem] = await Promise.all([
    readFile(keyFile, 'utf8'),
    readFile(certificateFile, 'utf8'),
  ])
  const privateKey = decrypted(keyPem, await readPassphrase(passphraseFile), keyFile)
  const certificate = new X509Certificate(certificatePem)
  if (!certificate.publicKey.equals(createPublicKey(privateKey))) {
    throw new Error(`${certificateFile} is not of the key in ${keyFile}`)
  }
  if (Date.parse(certificate.validTo) <= nowMs) {
    throw new Error(
      `${certificateFile} ended at ${certificate.validTo}: npm run authority -- intermediate commands`,
    )
  }
  return { privateKey, certificate, certificatePem }
}
