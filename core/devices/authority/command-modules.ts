// Obeys what concerns modules and their certificates.
import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { operator } from '../../runtime/command-line/operator.ts'
import { print, tell } from '../../runtime/command-line/run-command.ts'
import type { Approvals } from '../../staff/approvals/port.ts'
import { type Authority, type Certification, createAuthority } from './authority.ts'
import { folderOf } from './command-folder.ts'
import type { Asked } from './command-request.ts'
import { openAuthority } from './folder.ts'
import type { DeviceStore } from './port.ts'
import { readRequest as readCertificateRequest } from './requests.ts'
import { readApproved, secondModuleProposal } from './second-module.ts'

export async function renew(store: DeviceStore, asked: Asked<'renew'>): Promise<void> {
  const authority = await authorityOf(store, asked)
  const of = { deviceId: asked.device, days: asked.days, requestPem: await requestOf(asked) }
  hand(await authority.renew(of))
}

export async function enrol(store: DeviceStore, asked: Asked<'enrol'>): Promise<void> {
  const authority = await authorityOf(store, asked)
  const { bike: bikeId, device: deviceId, days, replaces, reason = '', ...rest } = asked
  const verifiesCommands = rest['verifies-commands']
  const act = { by: operator(), reason }
  const further = replaces === undefined ? undefined : ({ ...act, kind: 'replacement', replaces } as const)
  const requestPem = await requestOf(asked)
  hand(await authority.enrol({ bikeId, deviceId, days, further, verifiesCommands, requestPem }))
}

export async function propose(approvals: Approvals, asked: Asked<'enrol'>): Promise<void> {
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

export async function enrolApproved(
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

export async function revokeCertificate(
  store: DeviceStore,
  { subject, reason }: Asked<'revoke-certificate'>,
) {
  const outcome = await store.revokeCertificate(subject, { by: operator(), reason })
  if (outcome === 'certificate_unknown') throw new Error(`no certificate ${subject} was issued`)
  print(outcome === 'revoked' ? `certificate ${subject} is revoked` : `${subject} was revoked before`)
}

export async function backdate(store: DeviceStore, { subject, to, reason }: Asked<'backdate'>) {
  const outcome = await store.backdate(subject, to, { by: operator(), reason })
  if (outcome === 'device_unknown') throw new Error(`no device ${subject} is enrolled`)
  if (outcome === 'not_earlier') throw new Error(`${subject} is believed from that time on already`)
  print(`${subject} is believed from ${to.toISOString()} on`)
}

export async function revoke(store: DeviceStore, { device, reason }: { device: string; reason: string }) {
  const outcome = await store.revoke(device, reason, operator())
  if (outcome === 'device_unknown') throw new Error(`no device ${device} is enrolled`)
  print(outcome === 'revoked' ? `${device} is revoked` : `${device} was revoked before`)
}

export async function listExpiring(store: DeviceStore, { within, json }: { within: number; json: boolean }) {
  let devices = 0
  for await (const device of store.expiringBefore(new Date(Date.now() + within * 86_400_000))) {
    devices++
    const line = `${device.deviceId}  bike ${device.bikeId}  ${device.notAfter.toISOString()}`
    print(json ? JSON.stringify(device) : line)
  }
  if (!json) print(`${devices} devices`)
}
