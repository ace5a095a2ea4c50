// The telemetry store on Elasticsearch: what tests and tools use. A service imports the one file that it needs.

export { createTelemetryWriter } from './generations.ts'
export * from './port.ts'
export { dropTelemetry, provisionElasticsearch } from './provision.ts'
export { createTelemetryReader } from './reader.ts'
