// Commands to bikes, as the rider's app requests and follows them.
import { randomUUID } from 'node:crypto'
import { waitUntil } from '../testkit/wait.ts'
import { type ApiAccess, askApi } from './ask-api.ts'
import type { BikeModule } from './bike-modules.ts'

export interface FollowedCommand {
  readonly state: string
  /** All states it went through, in order. */
  readonly states: readonly string[]
}

export interface App {
  /** Returns the command's id. */
  request(bike: BikeModule, action: { kind: string; ttlS: number; on?: boolean }): Promise<string>
  /** Waits until the command has come to this state. */
  follow(bike: BikeModule, commandId: string, state: string): Promise<FollowedCommand>
  /** State of charge as the app shows it, percent. */
  charge(bike: BikeModule): Promise<number | undefined>
}

export function createApp(of: ApiAccess): App {
  const ask = async (bike: BikeModule, path: string, init: RequestInit = {}): Promise<unknown> => {
    const caller = { subject: bike.riderId, bikes: [bike.bikeId] }
    return (await askApi(of, `/v1/bikes/${bike.bikeId}/${path}`, { ...init, caller })).json()
  }
  return {
    async request(bike, action) {
      const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() }
      const body = JSON.stringify(action)
      const command = await ask(bike, 'commands', { method: 'POST', headers, body })
      return (command as { commandId: string }).commandId
    },
    async follow(bike, commandId, state) {
      let followed: FollowedCommand = { state: '', states: [] }
      const missing = async () => {
        const command = (await ask(bike, `commands/${commandId}`)) as {
          state: string
          history: readonly { state: string }[]
        }
        followed = { state: command.state, states: command.history.map((entry) => entry.state) }
        return command.state === state ? [] : [`the command is ${command.state}, not ${state}`]
      }
      await waitUntil(missing, { withinMs: 30_000, everyMs: 100, signal: of.signal })
      return followed
    },
    async charge(bike) {
      const latest = (await ask(bike, 'latest')) as {
        groups: { battery?: { values: { state_of_charge_pct?: number } } }
      }
      return latest.groups.battery?.values.state_of_charge_pct
    },
  }
}
