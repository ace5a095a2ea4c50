// npm run attack [-- --only A,B] [--json FILE]: what was found once is tried again against a platform of its own. Ends with 0 only
// if the platform holds against all of it.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { readRequest } from '../../core/runtime/command-line/read-request.ts'
import { print, runCommand } from '../../core/runtime/command-line/run-command.ts'
import { defaultDataDir, startEngines, toStderr } from '../../infra/local/index.ts'
import { interruption } from '../../testkit/interruption.ts'
import { attacks } from './attacks/index.ts'
import { openAttackContext } from './context.ts'
import { allHold, formatResults } from './report.ts'
import { chooseAttacks, runAttacks } from './run.ts'

const usage = `\
npm run attack [-- OPTIONS]

Attacks a platform of its own, on the engines of the environment or on local ones: once each with everything by which somebody was
believed who must not be. Prints a table: the attack, whether the platform holds, what was found.

  --only A,B      only the attacks of these names
  --json FILE     the results as JSON

Exit code 0: the platform holds. 1: it falls, or an attack could not be carried out. 2: arguments that make no sense.

${attacks.map(({ name, found }) => `  ${name}\n      ${found}`).join('\n')}`

const text = { type: 'string' } as const
const form = {
  options: { only: text, json: text },
  positionals: [],
  request: z.strictObject({ only: z.string().min(1).optional(), json: z.string().min(1).optional() }),
}

interface Asked {
  readonly chosen: typeof attacks
  readonly json: string | undefined
}

function read(args: string[]): Asked {
  const { only, json } = readRequest(form, args)
  return { chosen: chooseAttacks(attacks, only?.split(',') ?? []), json }
}

async function obey({ chosen, json }: Asked): Promise<void> {
  const signal = interruption()
  const engines = await startEngines({
    ...{ dataDir: join(defaultDataDir(), 'attack'), temporary: true, onProgress: toStderr, signal },
  })
  try {
    const context = await openAttackContext({ engines: engines.env, signal, onProgress: toStderr })
    const results = await runAttacks(chosen, context, toStderr).finally(context.close)
    print(`\n${formatResults(results)}`)
    if (json !== undefined) {
      await mkdir(dirname(resolve(json)), { recursive: true })
      await writeFile(resolve(json), `${JSON.stringify(results, null, 2)}\n`)
    }
    if (!allHold(results)) process.exitCode = 1
  } finally {
    await engines.stop()
  }
}

await runCommand({ usage, read, obey })
