// The device authority by hand: its ceremony, and the certificates of modules.
import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { userInfo } from 'node:os'
import { z } from 'zod'
import { connectPostgres } from '../../engines/postgres/client/connect.ts'
import { createDeviceStore } from '../../engines/postgres/devices/device-store.ts'
import { createProposalStore } from '../../engines/postgres/staff/proposal-store.ts'
import { readRequest } from '../../runtime/command-line/read-request.ts'
import { print, runCommand, tell } from '../../runtime/command-line/run-command.ts'
import { readConfig } from '../../runtime/config.ts'
import { createApprovals } from '../../staff/approvals/approvals.ts'
import type { Approvals } from '../../staff/approvals/port.ts'
import { type Authority, type Certification, createAuthority } from './authority.ts'
import { certify, initAuthority, makeServer } from './ceremony.ts'
import { certified, type Folder, openAuthority, type Passphrases, passphraseSettings } from './folder.ts'
import { readPassphrase } from './passphrase.ts'
import type { DeviceStore } from './port.ts'
import { readRequest as readCertificateRequest } from './requests.ts'
import { readApproved, secondModuleProposal } from './second-module.ts'
import { describeFolder } from './status.ts'

const usage = `Usage:
  npm run authority -- init --host HOST [--host HOST …] [--dir DIR]
      makes the keys and certificates of the authority and of the broker at these hosts, as far as they are missing
  npm run authority -- intermediate devices|servers|commands [--anew] [--dir DIR]
      the ceremony, where the root's key is: certifies the authority for modules' or for the broker's certificates, or
      the key that signs commands; --anew makes a new key for it
  npm run authority -- server --host HOST [--host HOST …] [--dir DIR]
      makes the broker's certificate anew when it lacks a host or ends within 30 days; needs no key of the root
  npm run authority -- status [--dir DIR]
      what is in the folder, and until when it holds
  npm run authority -- enrol --bike UUID [--request FILE] [--device UUID] [--days N] [--verifies-commands] [--dir DIR]
      certifies a new module of a bike and prints its certificate; the device id is new, unless given; firmware that
      obeys only signed commands is enrolled with --verifies-commands
  npm run authority -- enrol --bike UUID --replaces UUID --reason TEXT …
      … and revokes the module whose place it takes
  npm run authority -- enrol --bike UUID --second --reason TEXT …
      proposes a second module of a bike, and prints the proposal's id; another member of staff approves or rejects it
  npm run authority -- enrol-approved PROPOSAL [--dir DIR]
      certifies the second module that was approved, and prints its certificate
  npm run authority -- renew --device UUID [--request FILE] [--days N] [--dir DIR]
      prints a further certificate, for a new key, of a module in service
  npm run authority -- revoke --device UUID --reason TEXT
      shuts a module out, for good
  npm run authority -- revoke-certificate SERIAL --reason TEXT
      shuts out whoever shows this certificate, for good; the module goes on with its others
  npm run authority -- backdate UUID --to TIME --reason TEXT
      believes a module's samples from an earlier time on than its enrolment; those that wait are decided about anew
  npm run authority -- expiring --within DAYS [--json]
      modules in service whose last certificate ends within these days or has ended

A request is PKCS#10 in PEM, read from stdin without FILE. A certificate holds for 30 days unless stated, and is printed
with its chain. DIR is DEVICE_AUTHORITY_DIR unless given. Passphrases of keys are read from the files that
DEVICE_AUTHORITY_ROOT_PASSPHRASE_FILE, DEVICE_AUTHORITY_PASSPHRASE_FILE and COMMAND_SIGNING_PASSPHRASE_FILE name.`

const id = z.uuid().toLowerCase()
const reason = z.string().trim().min(1).max(200)
const days = z.coerce.number().int().min(1).max(397)
const dir = z.string().min(1).optional()
const signing = { request: z.string().optional(), days: days.default(30), dir }
const host = z.string().regex(/^[a-zA-Z0-9.:-]+$/)
const form = {
  options: {
    host: { type: 'string', multiple: true },
    dir: { type: 'string' },
    bike: { type: 'string' },
    device: { type: 'string' },
    request: { type: 'string' },
    days: { type: 'string' },
    reason: { type: 'string' },
    within: { type: 'string' },
    json: { type: 'boolean' },
    anew: { type: 'boolean' },
    to: { type: 'string' },
    second: { type: 'boolean' },
    'verifies-commands': { type: 'boolean' },
    replaces: { type: 'string' },
  },
  positionals: ['verb', 'subject'],
  request: z.discriminatedUnion('verb', [
    z.strictObject({ verb: z.literal('init'), host: z.tuple([host], host), dir }),
    z.strictObject({
      verb: z.literal('intermediate'),
      subject: z.enum(certified),
      anew: z.boolean().default(false),
      dir,
    }),
    z.strictObject({ verb: z.literal('server'), host: z.tuple([host], host), dir }),
    z.strictObject({ verb: z.literal('status'), dir }),
    z
      .strictObject({
        ...{ verb: z.literal('enrol'), bike: id, device: id.default(randomUUID), ...signing },
        'verifies-commands': z.boolean().default(false),
        ...{ second: z.boolean().default(false), replaces: id.optional(), reason: reason.optional() },
      })
      .refine(({ second, replaces }) => !(second && replaces), {
        ...{ path: ['replaces'], message: 'a second module replaces none' },
      })
      .refine(
        ({ second, replaces, reason: why }) => (second || replaces !== undefined) === (why !== undefined),
        {
          ...{ path: ['reason'], message: 'is needed with --second or --replaces, and only then' },
        },
      ),
    z.strictObject({ verb: z.literal('enrol-approved'), subject: id, dir }),
    z.strictObject({ verb: z.literal('renew'), device: id, ...signing }),
    z.strictObject({ verb: z.literal('revoke'), device: id, reason }),
    z.strictObject({
      verb: z.literal('revoke-certificate'),
      subject: z
        .string()
        .regex(/^[0-9a-fA-F]{2,40}$/, 'no serial number in hexadecimal')
        .toLowerCase(),
      reason,
    }),
    z.strictObject({
      verb: z.literal('backdate'),
      subject: id,
      to: z.iso.datetime({ offset: true }).or(z.iso.date()).pipe(z.coerce.date()),
      reason,
    }),
    z.strictObject({
      verb: z.literal('expiring'),
      within: z.coerce.number().int().min(0).max(3_650),
      json: z.boolean().default(false),
    }),
  ]),
} as const
type Request = z.output<typeof form.request>

function obey(asked: Request): Promise<void> {
  switch (asked.verb) {
    case 'init':
      return initFolder(asked)
    case 'intermediate':
      return certifyKey(asked)
    case 'server':
      return makeServerCertificate(asked)
    case 'status':
      return showStatus(asked)
    case 'revoke':
      return withStore((store) => revoke(store, asked))
    case 'revoke-certificate':
      return withStore((store) => revokeCertificate(store, asked))
    case 'backdate':
      return withStore((store) => backdate(store, asked))
    case 'expiring':
      return withStore((store) => listExpiring(store, asked))
    case 'renew':
      return withStore((store) => renew(store, asked))
    case 'enrol-approved':
      return withStore((store, approvals) => enrolApproved({ store, approvals }, asked))
    case 'enrol':
      return withStore((store, approvals) => (asked.second ? propose(approvals, asked) : enrol(store, asked)))
  }
}

type Asked<Verb extends Request['verb']> = Extract<Request, { verb: Verb }>

/** The folder, with the passphrases that the work needs; of those that stand there as optional, the ones that are set. */
async function folderOf(
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

async function initFolder(asked: Asked<'init'>): Promise<void> {
  const folder = await folderOf(asked, ['root', 'authorities', 'commands'])
  await initAuthority({ ...folder, hosts: asked.host })
}

async function certifyKey(asked: Asked<'intermediate'>): Promise<void> {
  const folder = await folderOf(asked, ['root', asked.subject === 'commands' ? 'commands' : 'authorities'])
  await certify(asked.subject, { ...folder, anew: asked.anew })
  print((await describeFolder(folder.dir)).trimEnd())
}

async function makeServerCertificate(asked: Asked<'server'>): Promise<void> {
  await makeServer({ ...(await folderOf(asked, ['root', 'authorities'])), hosts: asked.host })
}

async function showStatus(asked: Asked<'status'>): Promise<void> {
  print((await describeFolder((await folderOf(asked, [])).dir)).trimEnd())
}

async function renew(store: DeviceStore, asked: Asked<'renew'>): Promise<void> {
  const authority = await authorityOf(store, asked)
  const of = { deviceId: asked.device, days: asked.days, requestPem: await requestOf(asked) }
  hand(await authority.renew(of))
}

async function enrol(store: DeviceStore, asked: Asked<'enrol'>): Promise<void> {
  const authority = await authorityOf(store, asked)
  const { bike: bikeId, device: deviceId, days, replaces, reason = '', ...rest } = asked
  const verifiesCommands = rest['verifies-commands']
  const act = { by: operator(), reason }
  const further = replaces === undefined ? undefined : ({ ...act, kind: 'replacement', replaces } as const)
  const requestPem = await requestOf(asked)
  hand(await authority.enrol({ bikeId, deviceId, days, further, verifiesCommands, requestPem }))
}

async function propose(approvals: Approvals, asked: Asked<'enrol'>): Promise<void> {
  const { bike: bikeId, device: deviceId, days, reason = '' } = asked
  const requestPem = await requestOf(asked)
  const request = await readCertificateRequest(requestPem)
  if (!request.ok) throw new Error(`refused: ${request.fault} (request_invalid)`)
  const proposal = secondModuleProposal(
    { bikeId, deviceId, requestPem, days, verifiesCommands: asked['verifies-commands'] },
    { proposalId: randomUUID(), reason, proposedBy: operator() },
  )
  const { proposalId } = await approvals.propose(proposal)
  tell(`once a second person has approved it: npm run authority -- enrol-approved ${proposalId}`)
  print(proposalId)
}

async function enrolApproved(
  { store, approvals }: { store: DeviceStore; approvals: Approvals },
  asked: Asked<'enrol-approved'>,
): Promise<void> {
  const approved = readApproved(await approvals.find(asked.subject))
  if (!approved.ok) throw new Error(`refused: ${approved.fault}`)
  const authority = await authorityOf(store, asked)
  hand(await authority.enrol({ ...approved.module, further: approved.further }))
}

async function authorityOf(store: DeviceStore, asked: { dir?: string | undefined }): Promise<Authority> {
  return createAuthority({ signer: await openAuthority(await folderOf(asked, ['authorities'])), store })
}

/** A request is a kilobyte or two; whoever pipes something else in learns so before it is all in memory. */
async function requestOf({ request }: { request?: string | undefined }): Promise<string> {
  const most = 64 * 1024
  const pem: Buffer[] = []
  let bytes = 0
  for await (const chunk of request === undefined ? process.stdin : createReadStream(request)) {
    bytes += chunk.length
    if (bytes > most) throw new Error(`refused: the request has more than ${most} bytes (request_invalid)`)
    pem.push(chunk)
  }
  return Buffer.concat(pem).toString('utf8')
}

function hand(answer: Certification): void {
  if (answer.outcome === 'refused') throw new Error(`refused: ${answer.detail} (${answer.reason})`)
  const { deviceId, certificate } = answer
  tell(`device ${deviceId}, until ${certificate.notAfter.toISOString()}`)
  print(certificate.pem.trimEnd())
}

/** As the audit names whoever sits at the operator's console. */
const operator = (): string => `console:${userInfo().username}`

async function revokeCertificate(store: DeviceStore, { subject, reason }: Asked<'revoke-certificate'>) {
  const outcome = await store.revokeCertificate(subject, { by: operator(), reason })
  if (outcome === 'certificate_unknown') throw new Error(`no certificate ${subject} was issued`)
  print(outcome === 'revoked' ? `certificate ${subject} is revoked` : `${subject} was revoked before`)
}

async function backdate(store: DeviceStore, { subject, to, reason }: Asked<'backdate'>) {
  const outcome = await store.backdate(subject, to, { by: operator(), reason })
  if (outcome === 'device_unknown') throw new Error(`no device ${subject} is enrolled`)
  if (outcome === 'not_earlier') throw new Error(`${subject} is believed from that time on already`)
  print(`${subject} is believed from ${to.toISOString()} on`)
}

async function revoke(store: DeviceStore, { device, reason }: { device: string; reason: string }) {
  const outcome = await store.revoke(device, reason, operator())
  if (outcome === 'device_unknown') throw new Error(`no device ${device} is enrolled`)
  print(outcome === 'revoked' ? `${device} is revoked` : `${device} was revoked before`)
}

async function listExpiring(store: DeviceStore, { within, json }: { within: number; json: boolean }) {
  let devices = 0
  for await (const device of store.expiringBefore(new Date(Date.now() + within * 86_400_000))) {
    devices++
    const line = `${device.deviceId}  bike ${device.bikeId}  ${device.notAfter.toISOString()}`
    print(json ? JSON.stringify(device) : line)
  }
  if (!json) print(`${devices} devices`)
}

async function withStore(work: (store: DeviceStore, approvals: Approvals) => Promise<void>): Promise<void> {
  const url = readConfig(['DATABASE_URL']).DATABASE_URL
  const sql = connectPostgres({ url, name: 'authority', maxConnections: 1, statementTimeoutMs: 60_000 })
  try {
    const store = createProposalStore(sql)
    // Whatever is approved here is carried out elsewhere.
    await work(createDeviceStore(sql), createApprovals({ store, executors: {}, consoleApproves: false }))
  } finally {
    await sql.end({ timeout: 5 })
  }
}

await runCommand({ usage, read: (args) => readRequest(form, args), obey })
