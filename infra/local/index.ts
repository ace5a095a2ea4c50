// The platform on one machine, for whoever needs it running: the stack command, tests, demonstration, benchmarks.
export { type RunningEngines, startEngines } from './engine-group.ts'
export type { Env } from './engines/engine.ts'

export { type Platform, type Service, startPlatform } from './platform.ts'
export type { ServiceName } from './processes.ts'
export { type OnProgress, step, toStderr } from './progress.ts'
export { defaultDataDir } from './settings.ts'
