// The platform alone on engines that run, and riders to upload through it.
import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  encodeAttempt,
  type SealedUpload,
  sealUpload,
  sendAttempt,
  type UploadAnswer,
} from '../../client/index.ts'
import { nodeGzip } from '../../client/node/index.ts'
import { connectPostgres, type Sql } from '../../core/engines/postgres/client/connect.ts'
import { createConsentStore } from '../../core/engines/postgres/riders/consent-store.ts'
import { registerBikes } from '../../core/fleet/registry/stores.ts'
import { grantConsent } from '../../core/riders/consent/consents.ts'
import type { Env, ServiceName } from '../../infra/local/index.ts'
import type { Track } from '../../proto/index.ts'
import { waitUntilKnown } from '../await-known-bikes.ts'
import { type Environment, openPlatform } from '../environment.ts'
import { requestToken } from '../token.ts'
import { attemptClock, type DeviceClock } from './rides.ts'

export interface TestPlatformOptions {
  /** Addresses of the engines. */
  readonly engines: Env
  readonly services?: readonly ServiceName[]
  /** All services of core in one process; otherwise each in its own. */
  readonly together?: boolean
  /** Each service comes to the engines with an account of its own. */
  readonly secure?: boolean
  /** `info` by default. */
  readonly logLevel?: 'info' | 'debug'
  readonly onProgress: (line: string) => void
}

export interface Rider {
  readonly riderId: string
  readonly bikeIds: readonly string[]
  readonly token: string
}

export interface TestPlatform extends Omit<Environment, 'stop'> {
  readonly sql: Sql
  newRider(options: { bikes: number; consents?: boolean }): Promise<Rider>
  /** Resolves when normalize can know all that the tables say of bikes, where the platform has normalize. */
  bikesKnown(): Promise<void>
  /** Resolves when the edge has accepted all tracks; rejects with its answer otherwise. */
  upload(rider: Rider, tracks: readonly Track[], clock?: DeviceClock): Promise<UploadAnswer>
  /** One more attempt of an upload that is sealed already. */
  send(rider: Rider, upload: SealedUpload, clock?: DeviceClock): Promise<UploadAnswer>
  /** GET of the API as this rider. */
  read(rider: Rider, path: string): Promise<unknown>
  /** All that its processes have logged, a line each. */
  logged(): Promise<string[]>
  close(): Promise<void>
}

const producedAt = new Date('2022-01-01T00:00:00Z')

export async function openTestPlatform(options: TestPlatformOptions): Promise<TestPlatform> {
  const { engines, services, together = false, secure = false, logLevel = 'info', onProgress } = options
  const dataDir = await mkdtemp(join(tmpdir(), 'platform-'))
  const removeData = () => rm(dataDir, { recursive: true, force: true })
  const platform = await openPlatform({
    ...{ name: 'test', engines, dataDir, services, apart: !together, secure, onProgress },
    // Whoever starts one more process waits for the line with its port.
    settings: { LOG_LEVEL: logLevel },
  }).catch(async (error: unknown) => {
    await removeData()
    throw error
  })
  const { env } = platform
  const sql = connectPostgres({ url: env.DATABASE_URL ?? '', name: 'test' })
  const address = (name: string): string => {
    const found = env[name]
    if (found === undefined) throw new Error(`the platform has no ${name}`)
    return found
  }

  async function send(rider: Rider, upload: SealedUpload, clock?: DeviceClock): Promise<UploadAnswer> {
    const attempt = await encodeAttempt(upload, attemptClock(Date.now(), clock), nodeGzip)
    const url = `${address('EDGE_URL')}/v1/telemetry`
    const outcome = await sendAttempt(attempt, { url, token: rider.token })
    if (outcome.kind === 'answered' && outcome.answer.rejected.length === 0) return outcome.answer
    throw new Error(`upload not accepted: ${JSON.stringify(outcome)}`)
  }

  const bikesKnown = async () => {
    if (platform.services.normalize === undefined) return
    await waitUntilKnown(sql, {})
  }

  return {
    ...platform,
    sql,
    send,
    bikesKnown,
    upload: (rider, tracks, clock) => send(rider, sealUpload({ tracks }), clock),
    async newRider({ bikes, consents = false }) {
      const riderId = `rider-${randomUUID()}`
      const bikeIds = Array.from({ length: bikes }, () => randomUUID())
      await registerBikes(
        sql,
        bikeIds.map((bikeId) => ({ bikeId, riderId, producedAt })),
      )
      if (consents)
        await grantConsent(createConsentStore(sql), {
          riderId,
          purpose: 'research',
          from: producedAt,
          by: 'rider',
        })
      await bikesKnown()
      return {
        riderId,
        bikeIds,
        token: await requestToken(address('TOKEN_URL'), { subject: riderId, bikes: bikeIds }),
      }
    },
    async read(rider, path) {
      const response = await fetch(`${address('API_URL')}${path}`, {
        headers: { authorization: `Bearer ${rider.token}` },
        signal: AbortSignal.timeout(10_000),
      })
      if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`)
      return response.json()
    },
    async logged() {
      const folder = join(dataDir, 'log')
      const files = await readdir(folder)
      const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
      return texts.flatMap((text) => text.split('\n').filter((line) => line !== ''))
    },
    async close() {
      await sql.end({ timeout: 5 })
      await platform.stop()
      await removeData()
    },
  }
}
