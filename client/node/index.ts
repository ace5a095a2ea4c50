// The client's adapters for Node.
export { nodeBrotli, nodeGzip } from './compression.ts'
export { fileClockState, nodeDeviceClock } from './device-clock.ts'
export { nodeFiles } from './files.ts'
