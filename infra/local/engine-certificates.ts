// TLS of the local engines: an authority that lives for one start, and the one certificate that it signs.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readCertificate, selfSign, signServer } from '../../core/devices/authority/certificates.ts'
import { generateKeys, privateKeyPem } from '../../core/devices/authority/keys.ts'

export type EngineTls = {
  /** Of who signed the certificate: a file that clients read. */
  authorityFile: string
  /** PEM. */
  authority: string
  /** Of every engine, for 127.0.0.1. */
  certificate: string
  key: string
}

const validMs = 365 * 24 * 60 * 60 * 1000
/** Clocks of one machine do not differ; certificates tell whole seconds. */
const earlierMs = 60_000

/** The authority's key is never written: nobody can sign for the engines after this. */
export const makeEngineTls = async (dataDir: string): Promise<EngineTls> => {
  const nowMs = Date.now()
  const validity = { notBefore: new Date(nowMs - earlierMs), notAfter: new Date(nowMs + validMs) }
  const root = await generateKeys()
  const { pem: authority } = await selfSign(root, 'local engines', { ...validity, pathLength: 0 })
  const server = await generateKeys()
  const signer = { certificate: readCertificate(authority), privateKey: root.privateKey, chain: '' }
  const hosts = ['127.0.0.1']
  const { pem: certificate } = await signServer(signer, { ...validity, publicKey: server.publicKey, hosts })
  const authorityFile = join(dataDir, 'engines-ca.pem')
  await mkdir(dataDir, { recursive: true })
  await writeFile(authorityFile, authority)
  return { authorityFile, authority, certificate, key: await privateKeyPem(server) }
}
