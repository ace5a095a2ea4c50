// The search process: telemetry.clean into Elasticsearch.

import { createTelemetryStore } from '../../engines/elasticsearch/index.ts'
import { createBatchConsumer, createProducer } from '../../engines/kafka/index.ts'
import { readConfig } from '../../runtime/config.ts'
import { createEngineWatch } from '../../runtime/engine-watch.ts'
import { runWorker } from '../../runtime/frame.ts'
import { createLog } from '../../runtime/log.ts'
import { createWorkerMetrics } from '../../runtime/metrics.ts'
import { groupName, topicName } from '../../topics.ts'
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
