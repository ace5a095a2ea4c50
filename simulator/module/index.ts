// IoT modules of the fleet: what they record and obey, and how they speak to the broker.

export { createModule, type HandledCommand, type Module, type ModuleMemory } from './module.ts'
export type { Identity } from './mqtt-link.ts'
export { openLink } from './mqtt-link.ts'
export { goOnline, type OnlineModule } from './online-module.ts'
