// `npm start`: the whole platform in the foreground, with a demonstration bike and an example to paste. Ctrl-C stops it.
import { join } from 'node:path'
import { print, runCommand } from '../../core/runtime/command-line/run-command.ts'
import { uuidText, uuidV7Bytes } from '../../proto/index.ts'
import { demonstration } from './demonstration.ts'
import { sendDemonstrationRides } from './demonstration-rides.ts'
import type { Env } from './engines/engine.ts'
import { holdStack } from './hold.ts'
import { orphanedSignal } from './orphaned.ts'
import { step, toStderr } from './progress.ts'
import { run } from './run.ts'
import { defaultDataDir, repositoryDir } from './settings.ts'
import { parseStackArguments, type StackArguments } from './stack-arguments.ts'

const registerExampleBike = (env: Env): Promise<unknown> =>
  step(toStderr, 'registering the demonstration bike', () =>
    run({
      command: process.execPath,
      args: [
        join(repositoryDir, 'core/fleet/registry/command.ts'),
        ...[
          'add',
          '--bike',
          demonstration.bikeId,
          '--rider',
          demonstration.rider,
          '--produced',
          '2025-01-01',
        ],
      ],
      env: { ...process.env, ...env },
    }),
  )

/** Without them the platform is of use all the same. */
const sendExampleRides = (env: Env): Promise<unknown> =>
  step(toStderr, 'sending rides of the demonstration rider', () =>
    sendDemonstrationRides(env).catch((error: unknown) =>
      toStderr(`no rides: ${error instanceof Error ? error.message : String(error)}`),
    ),
  )

const instructions = (env: Env, dataDir: string): string => {
  const uploadId = uuidText(uuidV7Bytes())
  const bearer = '-H "authorization: Bearer $TOKEN"'
  return `
The platform is up. Ctrl-C stops it; its data stays in ${dataDir}.

  rider's page  ${env.CONSOLE_URL ?? 'without a login service there is none'}   one click signs the demonstration rider in
  upload API    ${env.EDGE_URL}   for people: ${env.EDGE_URL}/docs
  read API      ${env.API_URL}
  tokens        ${env.TOKEN_URL ?? env.JWKS_URL}
  what runs     npm run stack -- status${dataDir === defaultDataDir() ? '' : ` --data ${dataDir}`}   in another terminal: each service, its state and its task

Paste this into another terminal: a token, a minute of a ride, what became of it, and the bike as it is now.
Pasted again, the same upload is repeated, and all its samples are recognised as duplicates.

cd ${repositoryDir}
TOKEN=$(curl -s ${env.TOKEN_URL} -d '{"subject":"${demonstration.rider}","bikes":["${demonstration.bikeId}"]}' | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
node_modules/.bin/node infra/local/example-upload.ts ${uploadId} | gzip | curl -s ${env.EDGE_URL}/v1/telemetry ${bearer} -H 'content-type: application/x-protobuf' -H 'content-encoding: gzip' --data-binary @-; echo
sleep 2
curl -s ${env.API_URL}/v1/uploads/${uploadId} ${bearer}; echo
curl -s ${env.API_URL}/v1/bikes/${demonstration.bikeId}/latest ${bearer}; echo`
}

// Progress has nowhere to go when the terminal is closed; the stop goes on all the same.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

const usage = `\
Usage:
  npm start [-- --data DIR] [--namespace NAME] [--apart] [--secure]
      starts everything and keeps it until Ctrl-C; DIR is .data in the clone unless given, with --secure .data/secure;
      --apart runs each service in a process of its own instead of all in one`

const read = (args: string[]): StackArguments => {
  const asked = parseStackArguments(args)
  if (asked.command !== '') throw new Error(`not understood: ${asked.command}`)
  if (asked.enginesOnly) throw new Error('for engines alone: npm run stack -- up --engines')
  return asked
}

const obey = async (asked: StackArguments): Promise<void> => {
  await holdStack({
    ...asked,
    onProgress: toStderr,
    end: orphanedSignal(),
    onUp: async ({ env }) => {
      await registerExampleBike(env)
      if (env.TOKEN_URL !== undefined) await sendExampleRides(env)
      print(instructions(env, asked.dataDir))
    },
  })
  toStderr('stopped')
}

await runCommand({ usage, read, obey })
