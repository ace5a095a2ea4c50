// The client's adapters for Node.
export { nodeBrotli, nodeGzip } from './compression.ts'
