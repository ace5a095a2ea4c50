// Kafka for the rest of core/: the port's types and the functions that make them real.
export { createBatchConsumer } from './consumer.ts'
export { openFencedWriter } from './fenced-writer.ts'
export type * from './port.ts'
export { createProducer } from './producer.ts'
export { readTopic } from './read-topic.ts'
export { deleteTopics, ensureTopics } from './topics.ts'
export { createTransactionalConsumer } from './transactional.ts'
