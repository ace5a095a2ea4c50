// Obeys what concerns the folder of keys and certificates: the ceremony, and the broker's certificate.
import { print } from '../../runtime/command-line/run-command.ts'
import { readConfig } from '../../runtime/config.ts'
import { certify, initAuthority, makeServer } from './ceremony.ts'
import type { Asked } from './command-request.ts'
import { type Folder, type Passphrases, passphraseSettings } from './folder.ts'
import { readPassphrase } from './passphrase.ts'
import { describeFolder } from './status.ts'

/** The folder, with the passphrases that the work needs; of those that stand there as optional, the ones that are set. */
export async function folderOf(
  asked: { dir?: string | undefined },
  needed: readonly (keyof Passphrases)[],
): Promise<Folder> {
  const dir = asked.dir ?? readConfig(['DEVICE_AUTHORITY_DIR']).DEVICE_AUTHORITY_DIR
  const passphrases = await Promise.all(
    needed.map(async (of) => {
      const setting = passphraseSettings[of]
      const file = readConfig([setting])[setting]
      return [of, file === undefined ? undefined : await readPassphrase(file)] as const
    }),
  )
  return { dir, passphrases: Object.fromEntries(passphrases) }
}

export async function initFolder(asked: Asked<'init'>): Promise<void> {
  const folder = await folderOf(asked, ['root', 'authorities', 'commands'])
  await initAuthority({ ...folder, hosts: asked.host })
}

export async function certifyKey(asked: Asked<'intermediate'>): Promise<void> {
  const folder = await folderOf(asked, ['root', asked.subject === 'commands' ? 'commands' : 'authorities'])
  await certify(asked.subject, { ...folder, anew: asked.anew })
  print((await describeFolder(folder.dir)).trimEnd())
}

export async function makeServerCertificate(asked: Asked<'server'>): Promise<void> {
  await makeServer({ ...(await folderOf(asked, ['root', 'authorities'])), hosts: asked.host })
}

export async function showStatus(asked: Asked<'status'>): Promise<void> {
  print((await describeFolder((await folderOf(asked, [])).dir)).trimEnd())
}
