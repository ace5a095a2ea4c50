// Passwords of the local stack: made once, kept in the data folder, readable by its owner only.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The secret of that name; hexadecimal, so it fits into URLs and shell lines as it is. */
export type Secrets = (name: string) => string

export const openSecrets = (dataDir: string): Secrets => {
  const file = join(dataDir, 'secrets.json')
  const known = readSecrets(file)
  return (name) => {
    const secret = known[name] ?? randomBytes(16).toString('hex')
    if (known[name] === undefined) {
      known[name] = secret
      writeFileSync(file, `${JSON.stringify(known, null, 2)}\n`, { mode: 0o600 })
    }
    return secret
  }
}

/** A file with a secret, for settings that name one. */
export const openSecretFile = (dataDir: string, name: string): string => {
  const file = join(dataDir, name)
  if (!existsSync(file)) writeFileSync(file, `${openSecrets(dataDir)(name)}\n`, { mode: 0o600 })
  return file
}

const readSecrets = (file: string): Record<string, string> => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>
  } catch {
    return {}
  }
}
