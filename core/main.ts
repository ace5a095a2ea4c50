// The entry of every core process: `node core/main.ts normalize search …` or `all` runs that set of services in one process.

import { enableCompileCache } from 'node:module'
import { runCommand } from './runtime/command-line/run-command.ts'
import { type Config, environmentOf, readConfigs, type Setting } from './runtime/config.ts'
import { type ProcessPlan, runProcess } from './runtime/process.ts'
import { type CreateService, commonSettings } from './runtime/service.ts'
import { type ServiceRow, services } from './services.ts'

// A service that was compiled once starts in two thirds of the CPU.
enableCompileCache()

const rows: readonly ServiceRow[] = services

const usage = `\
Usage:
  node core/main.ts SERVICE …     runs these services in one process
  node core/main.ts all           runs all of them
Services:
${rows.map(({ name, does }) => `  ${name.padEnd(13)} ${does}`).join('\n')}`

function chosen(names: readonly string[]): readonly ServiceRow[] {
  if (names.length === 0) throw new Error('say which services')
  const unknown = names.filter((name) => name !== 'all' && !rows.some((row) => row.name === name))
  if (unknown.length > 0) throw new Error(`no such service: ${unknown.join(', ')}`)
  return rows.filter(({ name }) => names.includes('all') || names.includes(name))
}

async function planOf(chosenRows: readonly ServiceRow[]): Promise<ProcessPlan<Setting>> {
  const ports = chosenRows.flatMap(({ portSetting }) => portSetting ?? [])
  const readers = chosenRows.map(({ name, settings }) => ({
    names: [...commonSettings, ...settings],
    environment: environmentOf(name),
  }))
  const own = { names: [...commonSettings, ...ports] }
  // The rows say which settings their services read; TypeScript holds each service.ts to its row.
  const [shared, ...configs] = readConfigs<Setting>([own, ...readers]) as [
    Config<Setting>,
    ...Config<Setting>[],
  ]
  const planned = chosenRows.map(async ({ name, room, stops, portSetting }, index) => {
    const { createService } = (await import(`../${room}/service.ts`)) as {
      createService: CreateService<Setting>
    }
    const port = portSetting ? Number(shared[portSetting]) : 0
    return { name, stops, create: createService, port, config: configs[index] as Config<Setting> }
  })
  return { config: shared, services: await Promise.all(planned) }
}

await runCommand({ usage, read: chosen, obey: async (chosenRows) => runProcess(await planOf(chosenRows)) })
