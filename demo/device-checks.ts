// What must hold of the bikes online at the end. Pure.
import { booksOf, equations } from '../testkit/books.ts'
import { type Check, check } from '../testkit/check.ts'
import type { DevicesResult } from './devices.ts'

export interface DevicesReport {
  /** Samples that the broker has acknowledged to the modules. */
  readonly published: number
  /** Samples of modules in the search store. */
  readonly stored: number
  /** Commands by their end. */
  readonly commands: Readonly<Record<string, number>>
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)

export function devicesReport({ modules, executed, expired, ledger }: DevicesResult): DevicesReport {
  const commands: Record<string, number> = {}
  for (const { state } of [executed, expired]) commands[state] = (commands[state] ?? 0) + 1
  const published = sum(modules.map((module) => module.published()))
  return { published, stored: booksOf(ledger).stored, commands }
}

/** `documents` are the samples of the modules' bikes in Elasticsearch. */
export function checkDevices(result: DevicesResult, documents: number): Check[] {
  const { modules, executed, expired, strangerRefused, backlog, ledger, chargesRight } = result
  const recorded = sum(modules.map((module) => module.recorded()))
  const { published, stored } = devicesReport(result)
  const obeyed = modules.flatMap(({ commands }) => commands.flatMap(({ action }) => action ?? []))
  return [
    check('modules: samples published (MQTT, acknowledged)', recorded, published),
    check('modules: published = in the ledger', published, ledger.accepted),
    ...equations(ledger, published)
      .slice(1)
      .map(({ what, left, right }) => check(`modules: ${what}`, left, right)),
    check('modules: samples stored (ledger)', published, stored),
    check('modules: documents (Elasticsearch)', published, documents),
    check('modules: bikes with the right charge (PostgreSQL, API)', modules.length, chargesRight),
    check('modules: samples kept while the devices worker was away', true, backlog.published > 0),
    check('modules: of those, in the books before it came back', 0, backlog.booked),
    check('command to a bike online', 'queued sent acknowledged executed', executed.states.join(' ')),
    check('command to a bike asleep', 'expired', expired.state),
    check('what the bikes did', 'light', obeyed.join(', ')),
    check('stranger refused (TLS)', true, strangerRefused !== undefined),
  ]
}
