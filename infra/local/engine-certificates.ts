// TLS of the local engines: an authority that lives for one start, and the two certificates that it signs.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  readCertificate,
  selfSign,
  signDevice,
  signServer,
} from '../../core/devices/authority/certificates.ts'
import { generateKeys, privateKeyPem } from '../../core/devices/authority/keys.ts'

export type EngineTls = {
  /** Of who signed the certificate: a file that clients read. */
  authorityFile: string
  /** PEM. */
  authority: string
  /** Of every engine, for 127.0.0.1. */
  certificate: string
  key: string
  /** Of who comes to the broker, which lets nobody in without one. */
  client: { certificateFile: string; keyFile: string }
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
  const client = await generateKeys()
  const shown = await signDevice(signer, { ...validity, publicKey: client.publicKey, deviceId: 'services' })
  await mkdir(dataDir, { recursive: true })
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(dataDir, name)
    await writeFile(path, text, { mode: 0o600 })
    return path
  }
  return {
    authorityFile: await file('engines-ca.pem', authority),
    ...{ authority, certificate, key: await privateKeyPem(server) },
    client: {
      certificateFile: await file('engines-client.pem', shown.pem),
      keyFile: await file('engines-client-key.pem', await privateKeyPem(client)),
    },
  }
}
