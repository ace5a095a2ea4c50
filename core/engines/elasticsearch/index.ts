// The telemetry store on Elasticsearch: what other parts may use.
export { storedFields, storedName } from './mapping.ts'
export { partitionOf } from './partitions.ts'
export * from './port.ts'
export { dropTelemetry, provisionElasticsearch } from './provision.ts'
export { createTelemetryStore } from './store.ts'
