import { fork } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { startPlatform } from './index.ts'
import { isAlive, type ProcessIdentity } from './process-identity.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

const bike = '01936f00-0000-7000-8000-00000000b1ce'

const startIssuer = async (
  dataDir: string,
  env: Record<string, string> = {},
  onProgress: (line: string) => void = () => undefined,
) => {
  const platform = await startPlatform({
    env,
    dataDir,
    namespace: '',
    services: ['issuer'],
    onProgress,
  })
  onTestFinished(platform.stop)
  return platform
}

const ask = async (url: string | undefined, body: unknown) =>
  fetch(url as string, { method: 'POST', body: JSON.stringify(body) })

test('a token names its rider and bikes, and is still good after a restart of the issuer', async () => {
  const { env, services } = await startIssuer(temporaryFolder())
  const answer = await ask(env.TOKEN_URL, { subject: 'rider-1', bikes: [bike] })
  const { access_token: token, expires_in: expiresInS } = (await answer.json()) as {
    access_token: string
    expires_in: number
  }
  await services.issuer.restart()
  const { payload, protectedHeader } = await jwtVerify(
    token,
    createRemoteJWKSet(new URL(env.JWKS_URL as string)),
    { issuer: env.JWT_ISSUER as string, audience: env.JWT_AUDIENCE as string, algorithms: ['ES256'] },
  )
  expect(payload).toMatchObject({ sub: 'rider-1', bikes: [bike] })
  expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(expiresInS)
  expect(protectedHeader.kid).toBeDefined()
})

test('a token names the roles that were asked for', async () => {
  const { env } = await startIssuer(temporaryFolder())
  const answer = await ask(env.TOKEN_URL, { subject: 'staff-1', roles: ['read'] })
  const { access_token: token } = (await answer.json()) as { access_token: string }
  expect(decodeJwt(token)).toMatchObject({ sub: 'staff-1', bikes: [], roles: ['read'] })
})

test.each([
  ['no JSON', 'nonsense'],
  ['roles that are no list', { subject: 'staff-1', roles: 'read' }],
  ['no subject', { bikes: [bike] }],
  ['a bike that is no UUID', { subject: 'rider-1', bikes: ['1'] }],
  ['a body beyond all sense', { subject: 'rider-1', bikes: [], filler: 'x'.repeat(200_000) }],
])('a request for a token with %s is refused', async (_, body) => {
  const { env } = await startIssuer(temporaryFolder())
  expect((await ask(env.TOKEN_URL, body)).status).toBe(400)
})

test('a service that crashes is started anew, one that was told to end is not', async () => {
  const said: string[] = []
  const { services, stop } = await startIssuer(temporaryFolder(), {}, (line) => said.push(line))
  const first = services.issuer.identity
  process.kill(first.pid, 'SIGKILL')
  await expect.poll(() => services.issuer.pid !== first.pid).toBe(true)
  const answers = () =>
    fetch(`${services.issuer.url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
  await expect.poll(answers).toBe(true)
  expect(said).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^issuer ended by itself \(SIGKILL\), see /),
      'issuer is started anew',
    ]),
  )
  const second = services.issuer.identity
  await stop()
  expect(isAlive(second)).toBe(false)
  expect(services.issuer.identity).toEqual(second)
})

test("the issuer's key is readable by its owner only", async () => {
  const dataDir = temporaryFolder()
  await startIssuer(dataDir)
  expect(statSync(join(dataDir, 'issuer-key.json')).mode & 0o077).toBe(0)
})

test('stop leaves no process and no pid file', async () => {
  const dataDir = temporaryFolder()
  const { services, stop } = await startIssuer(dataDir)
  const { identity } = services.issuer
  await stop()
  expect(isAlive(identity)).toBe(false)
  expect(existsSync(join(dataDir, 'platform..processes.json'))).toBe(false)
})

test('a service that ends while starting is reported with the end of its log', async () => {
  const failing = startIssuer(temporaryFolder(), { LOG_LEVEL: 'no such level' })
  await expect(failing).rejects.toThrow(/issuer ended while starting[\s\S]*no such level/)
})

test('SIGKILL of the parent leaves no child', async () => {
  const parent = fork(
    fileURLToPath(new URL('testing/issuer-parent.ts', import.meta.url)),
    [temporaryFolder()],
    { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  )
  const child = await new Promise<ProcessIdentity>((resolve, reject) => {
    parent.once('message', (message) => resolve(message as ProcessIdentity))
    parent.once('exit', () => reject(new Error('the parent ended by itself')))
  })
  expect(isAlive(child)).toBe(true)
  parent.kill('SIGKILL')
  await expect.poll(() => isAlive(child)).toBe(false)
})
