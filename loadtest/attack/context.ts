// The platform that is attacked, and what an attacker has: tokens, the API, Kafka, and the commands that operators run.
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { createProducer } from '../../core/engines/kafka/producer.ts'
import { createLog } from '../../core/runtime/service.ts'
import { topicName } from '../../core/topics.ts'
import type { Env } from '../../infra/local/index.ts'
import { brokersOf } from '../../testkit/environment.ts'
import { until } from '../../testkit/platform/observe.ts'
import { openTestPlatform, type TestPlatform } from '../../testkit/platform/platform.ts'
import { requestToken } from '../../testkit/token.ts'
import type { ApiAnswer, ApiRequest, AttackContext, CommandResult } from './attack-types.ts'

const root = resolve(import.meta.dirname, '../..')
const answerMs = 10_000
const commandMs = 60_000

export interface OpenContext extends AttackContext {
  close(): Promise<void>
}

export interface ContextOptions {
  /** Addresses of all engines, the broker's among them. */
  readonly engines: Env
  readonly signal: AbortSignal
  readonly onProgress: (line: string) => void
}

export async function openAttackContext({
  engines,
  signal,
  onProgress,
}: ContextOptions): Promise<OpenContext> {
  const platform = await openTestPlatform({
    engines: { ...engines, SAMPLE_RATE_PER_SENDER: '2000' },
    ...{ together: true, onProgress },
  })
  const { env, namespace } = platform
  const producer = createProducer({
    brokers: brokersOf(env),
    name: 'attacker',
    log: createLog('attacker', 'silent'),
  })
  return {
    platform,
    signal,
    token: (request) => requestToken(env.TOKEN_URL ?? '', request),
    ask: (path, request) => ask(`${env.API_URL}${path}`, request),
    produce: (topic, records) =>
      producer.send(records.map((record) => ({ ...record, topic: topicName(namespace, topic) }))),
    command: (file, args) => runCommandOf(platform, file, args),
    until,
    close: async () => {
      await producer.close()
      await platform.close()
    },
  }
}

async function ask(
  url: string,
  { method = 'GET', token, headers, body }: ApiRequest = {},
): Promise<ApiAnswer> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      'access-reason': 'an attack',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(answerMs),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: jsonOf(text) }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Its exit code is told, not thrown. Rejects when it does not end in time. */
function runCommandOf({ env }: TestPlatform, file: string, args: readonly string[]): Promise<CommandResult> {
  const options = {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    timeout: commandMs,
  }
  return new Promise((done, reject) => {
    execFile(process.execPath, [file, ...args], options, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : error.code
      if (typeof exitCode === 'number') done({ exitCode, stdout, stderr })
      else reject(new Error(`${file} did not end by itself: ${stderr}`))
    })
  })
}
