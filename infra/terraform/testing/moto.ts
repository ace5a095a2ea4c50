// moto, which answers as AWS does: started on loopback, and asked for what a test may not find elsewhere.
import { join } from 'node:path'
import { startProcess } from '../../local/managed-process.ts'
import { openPortBook } from '../../local/ports.ts'
import { toStderr } from '../../local/progress.ts'
import { pythonWith } from '../../local/python.ts'

export interface Moto {
  readonly url: string
  /** Of all secrets that have a value: the password where one has several parts. */
  secrets(): Promise<{ name: string; value: string }[]>
  stop(): Promise<void>
}

/** Keeps its log and its port in a folder. */
export async function startMoto(dir: string): Promise<Moto> {
  const requirements = join(import.meta.dirname, 'moto-requirements.txt')
  const python = await pythonWith({ name: 'moto', requirements, onProgress: toStderr })
  const port = await openPortBook(dir)('moto')
  const url = `http://127.0.0.1:${port}`
  const server = startProcess(
    {
      ...{ name: 'moto', command: python, port, logFile: join(dir, 'moto.log') },
      args: [join(import.meta.dirname, 'moto-server.py'), '-H', '127.0.0.1', '-p', String(port)],
      env: { ...process.env, MOTO_IAM_LOAD_MANAGED_POLICIES: 'true' },
      isReady: async () => (await fetch(`${url}/moto-api/`)).ok,
      ...{ readyWithinMs: 300_000, stopWithinMs: 10_000 },
    },
    () => undefined,
  )
  try {
    await server.waitUntilReady()
  } catch (error) {
    await server.stop()
    throw error
  }
  return { url, secrets: () => secretsOf(url), stop: server.stop }
}

async function secretsOf(url: string): Promise<{ name: string; value: string }[]> {
  const list = (await ask(url, 'ListSecrets', { MaxResults: 100 })) as { SecretList: { Name: string }[] }
  const values = await Promise.all(
    list.SecretList.map(async ({ Name: name }) => {
      const { SecretString: value = '' } = (await ask(url, 'GetSecretValue', { SecretId: name })) as {
        SecretString?: string
      }
      return { name, value: value.startsWith('{') ? String(JSON.parse(value).password) : value }
    }),
  )
  return values.filter(({ value }) => value !== '')
}

/** moto wants a signature and checks none. A secret without a value is an error there, and nothing here. */
async function ask(url: string, operation: string, body: object): Promise<unknown> {
  const credential = 'Credential=testing/20260101/eu-central-1/secretsmanager/aws4_request'
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `secretsmanager.${operation}`,
      authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify(body),
  })
  return response.ok ? response.json() : {}
}
