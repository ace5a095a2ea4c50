// The Kafka topics of the platform, and how they are laid out.

export interface TopicLayout {
  readonly partitions: number
  readonly config: Readonly<Record<string, string>>
}

const day = 24 * 60 * 60 * 1000

export const topicLayouts = {
  'telemetry.raw': { partitions: 6, config: { 'retention.ms': String(7 * day) } },
  'telemetry.clean': { partitions: 6, config: { 'retention.ms': String(7 * day) } },
  'telemetry.stored': { partitions: 6, config: { 'retention.ms': String(7 * day) } },
  'telemetry.quarantine': { partitions: 6, config: { 'retention.ms': String(30 * day) } },
  'telemetry.outcomes': { partitions: 6, config: { 'retention.ms': String(7 * day) } },
  'analytics.telemetry': { partitions: 6, config: { 'retention.ms': String(3 * day) } },
} as const satisfies Record<string, TopicLayout>

export type Topic = keyof typeof topicLayouts

/** The topic's name in a namespace (tests and demonstrations share engines by it); the empty one adds nothing. */
export function topicName(namespace: string, topic: Topic): string {
  return namespace === '' ? topic : `${namespace}.${topic}`
}
