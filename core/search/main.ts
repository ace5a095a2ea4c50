// The search process: telemetry.clean into Elasticsearch.
import { readConfig } from '../config.ts'
import { createTelemetryStore } from '../elasticsearch/index.ts'
import { createBatchConsumer, createProducer } from '../kafka/index.ts'
import { groupName, topicName } from '../pipeline/topics.ts'
import { createEngineWatch } from '../worker/engine-watch.ts'
import { createLog } from '../worker/log.ts'
import { createWorkerMetrics } from '../worker/metrics.ts'
import { runWorker } from '../worker/worker.ts'
import { batchLimits, createSearchWorker } from './worker.ts'

const name = 'search'
const config = readConfig([
  'NAMESPACE',
  'HOST',
  'PORT',
  'LOG_LEVEL',
  'KAFKA_BROKERS',
  'ELASTICSEARCH_URL',
  'ELASTICSEARCH_USERNAME',
  'ELASTICSEARCH_PASSWORD',
])
const { NAMESPACE: namespace, KAFKA_BROKERS: brokers } = config
const log = createLog(name, config.LOG_LEVEL)

const consumer = createBatchConsumer({
  brokers,
  group: groupName(namespace, name),
  topics: [topicName(namespace, 'telemetry.clean')],
  limits: batchLimits,
  log,
})
const producer = createProducer({ brokers, name, log })
const store = createTelemetryStore({
  url: config.ELASTICSEARCH_URL,
  username: config.ELASTICSEARCH_USERNAME,
  password: config.ELASTICSEARCH_PASSWORD,
  namespace,
  log,
})
const metrics = createWorkerMetrics(name, consumer)
const worker = createSearchWorker({ consumer, producer, store, metrics, log, namespace })

const engine = createEngineWatch({ engine: 'Elasticsearch', ping: store.ping })

await runWorker({
  name,
  host: config.HOST,
  port: config.PORT,
  log,
  metrics,
  run: engine.during(worker.run),
  trouble: () => engine.trouble() ?? worker.trouble(),
  close: async () => {
    await Promise.all([consumer.close(), producer.close(), store.close()])
  },
})
