// Partners by hand: `npm run partner -- register|grant|withdraw|new-key|add-key|end-key|distrust-key|list|waiting`.
import { connectPostgres } from '../../engines/postgres/client/connect.ts'
import { createPartnerStore } from '../../engines/postgres/fleet/partner-store.ts'
import { operator } from '../../runtime/command-line/operator.ts'
import { readRequest } from '../../runtime/command-line/read-request.ts'
import { print, runCommand } from '../../runtime/command-line/run-command.ts'
import { readConfig } from '../../runtime/config.ts'
import { createStaffStores } from '../../staff/approvals/stores.ts'
import { keyFiles } from './key-file.ts'
import { obey } from './obey.ts'
import { form } from './request.ts'

const usage = `Usage:
  npm run partner -- register PARTNER --role plant|oem|dealer|workshop
      PARTNER is the source of its statements: plant:NAME, oem:NAME, dealer:NAME or service:NAME
  npm run partner -- grant|withdraw PARTNER --kinds KIND,… [--door key|api] [--brand NAME] [--plant NAME]
      what it may say, such as bikeProduced, of which brand and plant; all of them unless told. What was held
      without the grant is judged again
  npm run partner -- new-key --key FILE
      makes a key: FILE is the private one, FILE.pub the public one
  npm run partner -- add-key PARTNER --key FILE.pub [--from TIME] [--until TIME]
      believes the key, beside those that the partner has. What came before with it is taken in
  npm run partner -- add-key platform --key FILE.pub [--from TIME] [--until TIME]
      believes the platform's own key (STATEMENT_SEAL_KEY_FILE), which seals for partners that may speak by the API
  npm run partner -- end-key --key KEY_ID [--until TIME]
      believes it no longer from now on, or from that time on; what came before stands
  npm run partner -- distrust-key --key KEY_ID --from TIME --reason WHY
      proposes to take back what we received from that time on with the key, for ever; it happens when a member of
      staff approves it. Until then end-key stops the key
  npm run partner -- list [--json]
  npm run partner -- waiting [--json]
      keys that nobody registered, and how many records wait for each`

await runCommand({
  usage,
  read: (args) => readRequest(form, args),
  async obey(asked) {
    const { DATABASE_URL: url } = readConfig(['DATABASE_URL'])
    const sql = connectPostgres({ url, name: 'partner', maxConnections: 1 })
    try {
      const told = await obey(asked, {
        ...{ store: createPartnerStore(sql), files: keyFiles, nowMs: Date.now(), ...createStaffStores(sql) },
        proposedBy: operator(),
      })
      if (told !== '') print(told)
    } finally {
      await sql.end({ timeout: 5 })
    }
  },
})
