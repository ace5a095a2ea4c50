// `npm run contract`: two readers that nobody here wrote must agree with what the API and the edge say of themselves. Redocly
// reads the documents; schemathesis calls the running services, on real engines, and holds each answer against them.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultDataDir, startEngines, toStderr } from '../../infra/local/index.ts'
import { run } from '../../infra/local/run.ts'
import { repositoryDir } from '../../infra/local/settings.ts'
import { type InhabitedPlatform, openInhabitedPlatform } from './inhabited-platform.ts'
import { installSchemathesis, runSchemathesis, type Verdict } from './schemathesis.ts'

const lockTimeoutMs = 15 * 60_000

const python = await installSchemathesis(toStderr)
const dir = await mkdtemp(join(tmpdir(), 'contract-'))
const engines = await startEngines({
  engines: ['kafka', 'elasticsearch', 'postgres'],
  dataDir: join(defaultDataDir(), 'contract'),
  temporary: true,
  lockTimeoutMs,
  onProgress: toStderr,
})
try {
  const platform = await openInhabitedPlatform(engines.env, toStderr)
  try {
    process.exitCode = (await allAgree(platform)) ? 0 : 1
  } finally {
    await platform.stop()
  }
} finally {
  await engines.stop()
  await rm(dir, { recursive: true, force: true })
}

async function allAgree({ apiUrl, edgeUrl, token, ids, uploads }: InhabitedPlatform): Promise<boolean> {
  const uploadDir = join(dir, 'uploads')
  await mkdir(uploadDir)
  await Promise.all(uploads.map((bytes, index) => writeFile(join(uploadDir, `${index}.bin`), bytes)))
  const variables = {
    ...{ CONTRACT_TOKEN: token, CONTRACT_UPLOADS: uploadDir, CONTRACT_BIKE_ID: ids.bike },
    ...{ CONTRACT_COMPONENT_ID: ids.component, CONTRACT_STATEMENT_ID: ids.statement },
    ...{ CONTRACT_UPLOAD_ID: ids.upload, CONTRACT_APPLIED_ID: ids.applied, CONTRACT_CASE_ID: ids.case },
    ...{
      CONTRACT_OFFERED_BIKE_ID: ids.offeredBike,
      CONTRACT_RELEASED_BIKE_ID: ids.releasedBike,
      CONTRACT_OFFER_ID: ids.offer,
      CONTRACT_GRANT_ID: ids.grant,
      CONTRACT_RIDE_ID: ids.ride,
      CONTRACT_SHARED_RIDE_ID: ids.sharedRide,
      CONTRACT_PROPOSAL_ID: ids.proposal,
      CONTRACT_ERASURE_ID: ids.erasure,
    },
  }
  let agree = true
  for (const [name, url] of Object.entries({ API: apiUrl, edge: edgeUrl })) {
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as Document
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const readers = {
      Redocly: () => lint(document),
      schemathesis: () => runSchemathesis({ python, url, operations, dir, variables }),
    }
    for (const [reader, read] of Object.entries(readers)) {
      const { agrees, summary } = await read()
      agree &&= agrees
      process.stdout.write(`${reader} ${agrees ? 'agrees' : 'DISAGREES'} with the ${name}: ${summary}\n`)
    }
  }
  return agree
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

async function lint(document: Document): Promise<Verdict> {
  const file = join(dir, 'openapi.json')
  await writeFile(file, JSON.stringify(document, null, 2))
  const redocly = join(repositoryDir, 'node_modules', '@redocly', 'cli', 'bin', 'cli.js')
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }
  return run({ command: process.execPath, args: [redocly, 'lint', file], cwd: dir, env }).then(
    () => ({ agrees: true, summary: 'no errors' }),
    (error: Error) => ({ agrees: false, summary: error.message }),
  )
}
