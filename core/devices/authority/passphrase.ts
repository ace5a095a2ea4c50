// Passphrases of keys at rest, each in a secret file of its own.
import { readFile } from 'node:fs/promises'

/** The key derivation of PKCS#8 is quick: what is short is guessed. */
const leastLength = 16

/** The first line of that file. Throws one line, which names the file and not the passphrase. */
export async function readPassphrase(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new Error(`the passphrase cannot be read from ${file}: ${error.message}`)
  })
  const [passphrase = ''] = text.split(/\r?\n/, 1)
  if (passphrase.length < leastLength) {
    throw new Error(`the passphrase in ${file} has less than ${leastLength} characters`)
  }
  return passphrase
}
