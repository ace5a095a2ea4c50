// Commands to a platform's bikes through the API, as the rider's app requests and reads them.
import { randomUUID } from 'node:crypto'
import { until } from './observe.ts'
import type { Rider, TestPlatform } from './platform.ts'

export interface CommandState {
  readonly commandId: string
  readonly bikeId: string
  readonly state: string
  readonly history?: readonly { readonly state: string }[]
}

export async function requestCommand(
  platform: TestPlatform,
  rider: Rider,
  { bikeId, ...action }: { bikeId: string; kind: string; ttlS: number; [parameter: string]: unknown },
): Promise<CommandState> {
  const response = await fetch(`${platform.env.API_URL}/v1/bikes/${bikeId}/commands`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${rider.token}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify(action),
    signal: AbortSignal.timeout(10_000),
  })
  if (response.status !== 202) throw new Error(`no command: ${response.status} ${await response.text()}`)
  return (await response.json()) as CommandState
}

/** The states the command went through, when it has come to that one. */
export async function statesUntil(
  platform: TestPlatform,
  rider: Rider,
  { bikeId, commandId, state }: CommandState,
): Promise<string[]> {
  let command: CommandState | undefined
  await until(`command ${commandId} is ${state}`, async () => {
    command = (await platform.read(rider, `/v1/bikes/${bikeId}/commands/${commandId}`)) as CommandState
    return command.state === state
  })
  return command?.history?.map((entry) => entry.state) ?? []
}
