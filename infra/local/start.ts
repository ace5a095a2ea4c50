// `npm start`: the whole platform in the foreground, with a demonstration bike and an example to paste. Ctrl-C stops it.
import { join } from 'node:path'
import { uuidText, uuidV7Bytes } from '../../proto/index.ts'
import type { Env } from './engines/engine.ts'
import { example } from './example-upload.ts'
import { holdStack } from './hold.ts'
import { orphanedSignal } from './orphaned.ts'
import { step, toStderr } from './progress.ts'
import { run } from './run.ts'
import { repositoryDir } from './settings.ts'
import { parseStackArguments } from './stack-arguments.ts'

const registerExampleBike = (env: Env): Promise<unknown> =>
  step(toStderr, 'registering the demonstration bike', () =>
    run({
      command: process.execPath,
      args: [
        join(repositoryDir, 'core/registry/command.ts'),
        ...['add', '--bike', example.bikeId, '--rider', example.rider, '--produced', '2025-01-01'],
      ],
      env: { ...process.env, ...env },
    }),
  )

const instructions = (env: Env, dataDir: string): string => {
  const uploadId = uuidText(uuidV7Bytes())
  const bearer = '-H "authorization: Bearer $TOKEN"'
  return `
The platform is up. Ctrl-C stops it; its data stays in ${dataDir}.

  upload API  ${env.EDGE_URL}   for people: ${env.EDGE_URL}/docs
  read API    ${env.API_URL}
  tokens      ${env.TOKEN_URL ?? env.JWKS_URL}

Paste this into another terminal: a token, a minute of a ride, what became of it, and the bike as it is now.
Pasted again, the same upload is repeated, and all its samples are recognised as duplicates.

cd ${repositoryDir}
TOKEN=$(curl -s ${env.TOKEN_URL} -d '{"subject":"${example.rider}","bikes":["${example.bikeId}"]}' | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
node_modules/.bin/node infra/local/example-upload.ts ${uploadId} | gzip | curl -s ${env.EDGE_URL}/v1/telemetry ${bearer} -H 'content-type: application/x-protobuf' -H 'content-encoding: gzip' --data-binary @-; echo
sleep 2
curl -s ${env.API_URL}/v1/uploads/${uploadId} ${bearer}; echo
curl -s ${env.API_URL}/v1/bikes/${example.bikeId}/latest ${bearer}; echo
`
}

// Progress has nowhere to go when the terminal is closed; the stop goes on all the same.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

try {
  const { command, ...options } = parseStackArguments(process.argv.slice(2))
  if (command !== '' || options.enginesOnly)
    throw new Error(
      'npm start takes --data DIR and --namespace NAME only; for engines alone: npm run stack -- up --engines',
    )
  await holdStack({
    ...options,
    onProgress: toStderr,
    end: orphanedSignal(),
    onUp: async ({ env }) => {
      await registerExampleBike(env)
      process.stdout.write(instructions(env, options.dataDir))
    },
  })
  toStderr('stopped')
} catch (error) {
  toStderr(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
