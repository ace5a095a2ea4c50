// The device authority by hand: its ceremony, and the certificates of modules.
import { connectPostgres } from '../../engines/postgres/client/connect.ts'
import { createDeviceStore } from '../../engines/postgres/devices/device-store.ts'
import { createProposalStore } from '../../engines/postgres/staff/proposal-store.ts'
import { readRequest } from '../../runtime/command-line/read-request.ts'
import { runCommand } from '../../runtime/command-line/run-command.ts'
import { readConfig } from '../../runtime/config.ts'
import { createApprovals } from '../../staff/approvals/approvals.ts'
import type { Approvals } from '../../staff/approvals/port.ts'
import { certifyKey, initFolder, makeServerCertificate, showStatus } from './command-folder.ts'
import {
  backdate,
  enrol,
  enrolApproved,
  listExpiring,
  propose,
  renew,
  revoke,
  revokeCertificate,
} from './command-modules.ts'
import { form, type Request, usage } from './command-request.ts'
import type { DeviceStore } from './port.ts'

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
