// A command as the worker finds it, for tests: of a bike that is connected.
import type { KnownCommand } from '../port.ts'

export const knownCommand = (over: Partial<KnownCommand> = {}): KnownCommand => ({
  ...{ commandId: 'c1', bikeId: 'b1', state: 'queued', attempts: 0, expiresInMs: 60_000 },
  ...{ payload: new Uint8Array(), endedByPlatform: false, deviceIds: [] },
  ...{ isVerified: true, isConnected: true, isContested: false },
  ...over,
})
