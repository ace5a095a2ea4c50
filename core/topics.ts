// The Kafka topics of the platform, and how they are laid out.

export interface TopicLayout {
  readonly partitions: number
  readonly config: Readonly<Record<string, string>>
}

const hour = 60 * 60 * 1000
const day = 24 * hour
// The largest track (the edge's limit of a decompressed body) in its envelopes.
const largest = { 'max.message.bytes': String(9 * 1024 * 1024) }

/**
 * Kafka deletes whole segments, each when its newest record is older than the retention. By the broker's default a segment takes
 * records for seven days, so that "three days" are ten. With segments of an hour a record is gone at most an hour, and the six
 * minutes in which the broker looks and deletes, after its retention.
 */
const keptMs = (retentionMs: number, segmentMs = hour) => ({
  'retention.ms': String(retentionMs),
  'segment.ms': String(segmentMs),
})

/**
 * A record that has been replaced is gone eight days later, if its partition still gets records by then. By the broker's default
 * it stays until half of the partition has been replaced, which may be never.
 */
const compacted = {
  'cleanup.policy': 'compact',
  'segment.ms': String(day),
  'max.compaction.lag.ms': String(7 * day),
}

export const topicLayouts = {
  'telemetry.raw': { partitions: 6, config: { ...keptMs(7 * day), ...largest } },
  'telemetry.clean': { partitions: 6, config: { ...keptMs(7 * day), ...largest } },
  'telemetry.stored': { partitions: 6, config: { ...keptMs(7 * day), ...largest } },
  'telemetry.quarantine': { partitions: 6, config: { ...keptMs(30 * day), ...largest } },
  'telemetry.outcomes': { partitions: 6, config: { ...keptMs(7 * day), ...largest } },
  // Gone within three days, the last segment's hour included.
  'analytics.tracks': { partitions: 6, config: { ...keptMs(3 * day - 2 * hour), ...largest } },
  // Whom readers forget. Kept for ever: a reader may have slept for months. A name that nothing leads back from.
  'analytics.withdrawals': { partitions: 1, config: { 'cleanup.policy': 'compact' } },
  // How far telemetry.stored was delivered to research; read whole at a start, so it is compacted early.
  'analytics.progress': {
    partitions: 1,
    config: {
      'cleanup.policy': 'compact',
      'segment.bytes': String(4 * 1024 * 1024),
      'segment.ms': String(hour),
    },
  },
  // Statements of plants, OEMs and workshops are few, and kept: all of them can be read again.
  // Keys of partners end by our receipt: the broker's clock gives the time, whatever the sender says.
  'manufacturing.events': {
    partitions: 6,
    config: { 'retention.ms': '-1', 'message.timestamp.type': 'LogAppendTime' },
  },
  'manufacturing.quarantine': { partitions: 6, config: { ...keptMs(365 * day, day) } },
  // What a restored PostgreSQL has to forget again. Kept for ever, and names nobody.
  'privacy.journal': { partitions: 1, config: { 'cleanup.policy': 'compact' } },
  'bike.entity': { partitions: 6, config: compacted },
  'ride.entity': { partitions: 6, config: compacted },
} as const satisfies Record<string, TopicLayout>

export type Topic = keyof typeof topicLayouts

/** Topics of former versions that nothing writes or reads any more; `node core/provision/main.ts retire` deletes them. */
export const retiredTopics = ['analytics.telemetry'] as const
export type RetiredTopic = (typeof retiredTopics)[number]

/** The topic's name in a namespace (tests and demonstrations share engines by it); the empty one adds nothing. */
export function topicName(namespace: string, topic: Topic | RetiredTopic): string {
  return namespace === '' ? topic : `${namespace}.${topic}`
}

/** The consumer group of a worker in a namespace. */
export function groupName(namespace: string, worker: string): string {
  return namespace === '' ? worker : `${namespace}.${worker}`
}
