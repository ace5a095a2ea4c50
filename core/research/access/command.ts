// Researchers' access for operators: `npm run research -- invite NAME | key RESEARCHER | list | revoke RESEARCHER | revoke-key KEY`.
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { connectPostgres } from '../../engines/postgres/client/connect.ts'
import { createAccessStore } from '../../engines/postgres/research/access-store.ts'
import { operator } from '../../runtime/command-line/operator.ts'
import { readRequest } from '../../runtime/command-line/read-request.ts'
import { print, runCommand, tell } from '../../runtime/command-line/run-command.ts'
import { readConfig } from '../../runtime/config.ts'
import type { AccessStore, InvitedResearcher, Researcher } from './port.ts'
import { invitationSha256, invitationValidMs, newInvitationCode } from './rules.ts'

const usage = `Usage:
  npm run research -- invite NAME [--name WHO]
      a new researcher: the code registers one hardware key, within three days
  npm run research -- key RESEARCHER [--name WHO]
      another code for a further key, or in the place of a lost one
  npm run research -- list
      researchers and their keys, the newest first
  npm run research -- revoke RESEARCHER [--name WHO]
      ends the researcher's keys, sessions and invitations
  npm run research -- revoke-key KEY [--name WHO]
      ends a key and its sessions
WHO is you, where several people share an account.`

const text = { type: 'string' } as const
const who = { name: z.string().trim().min(1).max(100).optional() }
const form = {
  options: { name: text },
  positionals: ['verb', 'whom'],
  request: z.discriminatedUnion('verb', [
    z.strictObject({ verb: z.literal('invite'), whom: z.string().trim().min(1).max(100), ...who }),
    z.strictObject({ verb: z.literal('key'), whom: z.uuid().toLowerCase(), ...who }),
    z.strictObject({ verb: z.literal('list') }),
    z.strictObject({ verb: z.literal('revoke'), whom: z.uuid().toLowerCase(), ...who }),
    z.strictObject({ verb: z.literal('revoke-key'), whom: z.uuid().toLowerCase(), ...who }),
  ]),
} as const
type Request = z.output<typeof form.request>

const mostListed = 1_000
const iso = (ms: number) => new Date(ms).toISOString()

async function invite(
  store: AccessStore,
  asked: Parameters<AccessStore['invite']>[0],
  invitedBy: string,
): Promise<void> {
  const code = newInvitationCode(randomBytes(16))
  const invitation = { sha256: invitationSha256(code), invitedBy, validMs: invitationValidMs }
  const researcher = await store.invite(asked, invitation)
  if (researcher === undefined) throw new Error('there is no such researcher, or not any more')
  tell(howTo(researcher))
  print(code)
}

const howTo = ({ name, researcherId }: Researcher) =>
  `The researcher ${JSON.stringify(name)} (${researcherId}) enters this code at /research/register of the console, with the key at hand,
until ${iso(Date.now() + invitationValidMs)}. Give it to nobody else: it is told this once, and whoever has it registers a key.`

/** Names are words of others: whatever they say, they end at the quote. */
const linesOf = ({ researcherId, name, invitedBy, revokedAtMs, keys }: InvitedResearcher) => [
  [researcherId, JSON.stringify(name), `invited by ${JSON.stringify(invitedBy)}`]
    .concat(revokedAtMs === undefined ? [] : `revoked ${iso(revokedAtMs)}`)
    .join('  '),
  ...keys.map((key) =>
    [`  key ${key.keyId}`, JSON.stringify(key.model), `registered ${iso(key.registeredAtMs)}`]
      .concat(key.usedAtMs === undefined ? [] : `used ${iso(key.usedAtMs)}`)
      .concat(key.revokedAtMs === undefined ? [] : `revoked ${iso(key.revokedAtMs)}`)
      .join('  '),
  ),
]

async function obey(asked: Request): Promise<void> {
  const url = readConfig(['DATABASE_URL']).DATABASE_URL
  const sql = connectPostgres({ url, name: 'research', maxConnections: 1 })
  try {
    await carryOut(createAccessStore(sql), asked)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

async function carryOut(store: AccessStore, asked: Request): Promise<void> {
  if (asked.verb === 'list') {
    const lines = (await store.researchers(mostListed)).flatMap(linesOf)
    return print(lines.length === 0 ? 'nobody' : lines.join('\n'))
  }
  const { verb, whom } = asked
  const author = operator(asked.name)
  if (verb === 'invite') return invite(store, { name: whom }, author)
  if (verb === 'key') return invite(store, { researcherId: whom }, author)
  const isRevoked =
    verb === 'revoke' ? store.revokeResearcher(whom, author) : store.revokeKey(whom, { author })
  if (!(await isRevoked)) throw new Error('there is nothing of that id that holds')
  print('revoked')
}

await runCommand({ usage, read: (args) => readRequest(form, args), obey })
