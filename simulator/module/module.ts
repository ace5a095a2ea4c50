// An IoT module without its wires: it records, obeys and keeps what is to be sent. What it remembers survives restarts.
import type { CarriedPart } from '../../proto/index.ts'
import type { Series } from '../series.ts'
import { type BikeState, type Conditions, initialState, obey, peaceful } from './actuators.ts'
import { judge, type KnownCommand, remember } from './command-memory.ts'
import { type Action, type DeviceCommand, readCommand, type Stage, topics, writeAnswer } from './messages.ts'
import { createOutbox, type Outbox, type OutboxMessage } from './outbox.ts'
import { createRecorder, type ModuleClock, type RecordedTrack } from './recorder.ts'
import { changeSettings, writeSettingsReport } from './settings.ts'

export interface ModuleOptions {
  readonly bikeId: string
  readonly deviceId: string
  readonly clock: ModuleClock
  /** Of an earlier life of the same module. */
  readonly memory?: ModuleMemory
  readonly conditions?: Conditions
  /** The root of the device authority in PEM: the module verifies commands. Without, it is firmware of before. */
  readonly authority?: string
  readonly maxOutboxBytes?: number
}

/** What a module has in its flash. */
export interface ModuleMemory {
  readonly nextSequence: number
  readonly commands: readonly KnownCommand[]
  readonly unsent: readonly OutboxMessage[]
  readonly state: BikeState
}

/** How a command ended, and whether the bike did anything because of it. */
export interface HandledCommand {
  readonly commandId: string
  readonly stage: Stage
  /** Undefined when nothing was tried: it was late, known already, or not for this bike. */
  readonly action: Action['case'] | undefined
}

export interface Module {
  readonly bikeId: string
  readonly deviceId: string
  readonly outbox: Outbox
  record(series: readonly Series[]): void
  /** The parts that answered when the bike started; the next track names them. */
  found(parts: readonly CarriedPart[]): void
  /** The newest sample of each kind once more. */
  reportState(): void
  /** The rider changes settings by hand; the platform is told. */
  changeSettings(change: Parameters<typeof changeSettings>[1]): void
  /** Undefined when it is no command. */
  receive(payload: Uint8Array, nowMs: number): HandledCommand | undefined
  state(): BikeState
  memory(): ModuleMemory
}

const mebibyte = 1024 ** 2

export function createModule(options: ModuleOptions): Module {
  const { bikeId, deviceId, clock, memory, conditions = peaceful, maxOutboxBytes = 16 * mebibyte } = options
  const trust =
    options.authority === undefined ? undefined : { bikeId, deviceId, authority: options.authority }
  const outbox = createOutbox({ maxBytes: maxOutboxBytes, kept: memory?.unsent ?? [] })
  const nextSequence = memory?.nextSequence ?? 1
  const recorder = createRecorder({ bikeId, deviceId, clock, nextSequence })
  let state = memory?.state ?? initialState
  let commands = memory?.commands ?? []

  function keep(tracks: readonly RecordedTrack[]): void {
    for (const { kind, bytes, samples } of tracks) {
      outbox.add({ topic: topics.telemetry(bikeId, kind), payload: bytes, samples })
    }
  }

  function answer(commandId: string, stage: Stage, { detail, atMs }: { detail: string; atMs: number }): void {
    const payload = writeAnswer({ commandId, stage, atMs, detail })
    outbox.add({ topic: topics.answer(bikeId, commandId), payload })
  }

  function reportSettings(): void {
    outbox.add({ topic: topics.settings(bikeId), payload: writeSettingsReport(state.settings) })
  }

  /** Noted first: a restart in the middle must not make the bike obey twice. */
  function carryOut(
    { commandId, expiresAtMs }: DeviceCommand,
    action: Action,
    nowMs: number,
  ): HandledCommand {
    commands = remember(commands, { commandId, expiresAtMs }, nowMs)
    answer(commandId, 'acknowledged', { detail: '', atMs: nowMs })
    const { state: changed, stage, detail } = obey(action, state, { ...conditions, nowMs })
    state = changed
    commands = remember(commands, { commandId, expiresAtMs, end: { stage, detail } }, nowMs)
    answer(commandId, stage, { detail, atMs: nowMs })
    if (action.case === 'reportState') keep(recorder.newest())
    if (action.case === 'applySettings') reportSettings()
    return { commandId, stage, action: action.case }
  }

  return {
    bikeId,
    deviceId,
    outbox,
    record: (series) => keep(recorder.record(series)),
    found: recorder.found,
    reportState: () => keep(recorder.newest()),
    changeSettings(change) {
      state = { ...state, settings: changeSettings(state.settings, change) }
      reportSettings()
    },
    receive(payload, nowMs) {
      const command = readCommand(payload, trust, nowMs)
      if (command === undefined) return undefined
      const verdict = judge(command, commands, { bikeId, nowMs })
      if (verdict.what === 'obey') return carryOut(command, verdict.action, nowMs)
      const { commandId } = command
      answer(commandId, verdict.stage, { detail: verdict.detail, atMs: nowMs })
      return { commandId, stage: verdict.stage, action: undefined }
    },
    state: () => state,
    memory: () => ({
      nextSequence: recorder.nextSequence(),
      commands,
      unsent: outbox.entries().map(({ id, ...message }) => message),
      state,
    }),
  }
}
