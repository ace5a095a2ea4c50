// Kafka for the rest of core/: the port's types and the functions that make them real.
export { type ConsumerOptions, createBatchConsumer } from './consumer.ts'
export { openFencedWriter } from './fenced-writer.ts'
export type * from './port.ts'
export { createProducer, type ProducerOptions } from './producer.ts'
export { type ReadTopicOptions, readTopic } from './read-topic.ts'
export { deleteTopics, ensureTopics, type TopicsOptions } from './topics.ts'
export { createTransactionalConsumer, type TransactionalConsumerOptions } from './transactional.ts'
