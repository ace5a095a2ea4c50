// Passphrases of authorities that live as long as a test.
import type { Passphrases } from '../folder.ts'

export const testPassphrases = {
  root: 'a passphrase of the root',
  authorities: 'a passphrase of authorities',
  commands: 'a passphrase of commands',
} as const satisfies Required<Passphrases>
