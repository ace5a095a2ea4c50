// The contents of the authority's folder, for people.
import { readCertificate } from './certificates.ts'
import { readIfThere } from './files.ts'
import { beforePath, certified, pathsOf } from './folder.ts'
import { isEncrypted } from './keys.ts'

/**
 * A line for each certificate, such as
 * `devices   until 2029-11-29T04:00:00.000Z  serial 5f0c…  key encrypted`; the key of a root that is offline is `not here`.
 */
export async function describeFolder(dir: string): Promise<string> {
  const lines = await Promise.all(
    (['ca', ...certified, 'server'] as const).map(async (name) => {
      const { certificate, key } = pathsOf(dir, name)
      const [pem, keyPem] = [await readIfThere(certificate), await readIfThere(key)]
      if (pem === undefined) return `${name.padEnd(8)}  none`
      const { notAfter, serialNumber } = readCertificate(pem)
      const state = keyPem === undefined ? 'not here' : isEncrypted(keyPem) ? 'encrypted' : 'in the clear'
      return `${name.padEnd(8)}  until ${notAfter.toISOString()}  serial ${serialNumber}  key ${state}`
    }),
  )
  const before = await readIfThere(beforePath(dir))
  if (before !== undefined)
    lines.push('ca-before.pem: modules that know only this root take no broker certificate of an authority')
  return `${lines.join('\n')}\n`
}
