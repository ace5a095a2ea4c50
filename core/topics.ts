// The Kafka topics of the platform, and how they are laid out.

export interface TopicLayout {
  readonly partitions: number
  readonly config: Readonly<Record<string, string>>
}

const day = 24 * 60 * 60 * 1000
// The largest track (the edge's limit of a decompressed body) in its envelopes.
const largest = { 'max.message.bytes': String(9 * 1024 * 1024) }

export const topicLayouts = {
  'telemetry.raw': { partitions: 6, config: { 'retention.ms': String(7 * day), ...largest } },
  'telemetry.clean': { partitions: 6, config: { 'retention.ms': String(7 * day), ...largest } },
  'telemetry.stored': { partitions: 6, config: { 'retention.ms': String(7 * day), ...largest } },
  'telemetry.quarantine': { partitions: 6, config: { 'retention.ms': String(30 * day), ...largest } },
  'telemetry.outcomes': { partitions: 6, config: { 'retention.ms': String(7 * day), ...largest } },
  'analytics.telemetry': { partitions: 6, config: { 'retention.ms': String(3 * day), ...largest } },
  // How far telemetry.stored was delivered to research; read whole at a start, so it is compacted early.
  'analytics.progress': {
    partitions: 1,
    config: {
      'cleanup.policy': 'compact',
      'segment.bytes': String(4 * 1024 * 1024),
      'segment.ms': String(day / 24),
    },
  },
  // Statements of plants, OEMs and workshops are few, and kept: all of them can be read again.
  // Keys of partners end by our receipt: the broker's clock gives the time, whatever the sender says.
  'manufacturing.events': {
    partitions: 6,
    config: { 'retention.ms': '-1', 'message.timestamp.type': 'LogAppendTime' },
  },
  'manufacturing.quarantine': { partitions: 6, config: { 'retention.ms': String(365 * day) } },
  'bike.entity': { partitions: 6, config: { 'cleanup.policy': 'compact' } },
  'ride.entity': { partitions: 6, config: { 'cleanup.policy': 'compact' } },
} as const satisfies Record<string, TopicLayout>

export type Topic = keyof typeof topicLayouts

/** The topic's name in a namespace (tests and demonstrations share engines by it); the empty one adds nothing. */
export function topicName(namespace: string, topic: Topic): string {
  return namespace === '' ? topic : `${namespace}.${topic}`
}

/** The consumer group of a worker in a namespace. */
export function groupName(namespace: string, worker: string): string {
  return namespace === '' ? worker : `${namespace}.${worker}`
}
