// What Kafka needs: partitions for the consumers of the peak, cores, and disk for its retention. Pure.
import { topicLayouts } from '../../core/pipeline/topics.ts'
import { mostSamplesIn, type Rate } from './demand.ts'
import { bytesIn } from './measured.ts'
import type { Parameters } from './parameters.ts'
import { engineCores, needOf, type StageName } from './stages.ts'

/** The topics whose size follows the fleet's, and the stage whose consumers each must keep busy. */
const readers = {
  'telemetry.raw': ['normalize'],
  'telemetry.clean': ['search', 'latest'],
  'telemetry.stored': ['analytics'],
  'telemetry.outcomes': ['ledger'],
  'analytics.telemetry': [],
} as const satisfies Partial<Record<keyof typeof topicLayouts, readonly StageName[]>>
type SizedTopic = keyof typeof readers

export interface TopicNeed {
  readonly topic: SizedTopic
  readonly partitions: number
  /** With all copies. */
  readonly diskGiB: number
}

export interface KafkaNeed {
  readonly topics: readonly TopicNeed[]
  readonly cores: number
  readonly diskGiB: number
}

const gibibyte = 2 ** 30
const msPerDay = 86_400_000

export function kafkaNeed(p: Parameters, peak: Rate): KafkaNeed {
  const topics = (Object.keys(readers) as SizedTopic[]).map((topic) => ({
    topic,
    partitions: partitionsOf(p, topic, peak),
    diskGiB: diskOf(p, topic),
  }))
  const leaders = engineCores(p, 'kafka', peak)
  return {
    topics,
    cores: (leaders * (1 + p.followerCost * (p.replicas - 1))) / p.utilisation,
    diskGiB: topics.reduce((sum, { diskGiB }) => sum + diskGiB, 0) / p.fill,
  }
}

/** A consumer has at least one; the multiple of six makes shares even for 1, 2, 3 and 6 of them. */
function partitionsOf(p: Parameters, topic: SizedTopic, peak: Rate): number {
  const consumers = readers[topic].map((stage) => needOf(p, stage, peak).processes)
  return 6 * Math.ceil((Math.max(1, ...consumers) * p.growth) / 6)
}

function diskOf(p: Parameters, topic: SizedTopic): number {
  const days = Number(topicLayouts[topic].config['retention.ms']) / msPerDay
  const { phones, modules } = mostSamplesIn(p, days)
  const { perSample, perTrack } = bytesIn(topic)
  const tracks = phones / p.samplesPerUpload + modules / p.samplesPerMessage
  const share = topic === 'analytics.telemetry' ? p.consentingShare : 1
  return ((perSample * (phones + modules) + perTrack * tracks) * share * p.replicas) / gibibyte
}
