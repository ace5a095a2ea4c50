// What Kafka needs: partitions for the consumers of the peak, cores, and disk for its retention. Pure.
import { topicLayouts } from '../../core/topics.ts'
import { mostSamplesIn, type Rate } from './demand.ts'
import type { Basis, StageName } from './measured.ts'
import { type SizedTopic, sizedTopics } from './scale-record.ts'
import { engineCores, needOf } from './stages.ts'

/** The topics whose size follows the fleet's, and the stages whose consumers each must keep busy. */
const readers: Readonly<Record<SizedTopic, readonly StageName[]>> = {
  'telemetry.raw': ['normalize'],
  'telemetry.clean': ['search', 'latest', 'witness', 'gaps'],
  'telemetry.stored': ['analytics', 'quality', 'rides'],
  'telemetry.outcomes': ['ledger'],
  'analytics.tracks': [],
}

interface TopicNeed {
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

export function kafkaNeed(p: Basis, peak: Rate): KafkaNeed {
  const topics = sizedTopics.map((topic) => ({
    topic,
    partitions: partitionsOf(p, topic, peak),
    diskGiB: diskOf(p, topic),
  }))
  return {
    topics,
    cores: engineCores(p, 'kafka', peak),
    diskGiB: topics.reduce((sum, { diskGiB }) => sum + diskGiB, 0) / p.fill,
  }
}

/** A consumer has at least one; the multiple of six makes shares even for 1, 2, 3 and 6 of them. */
function partitionsOf(p: Basis, topic: SizedTopic, peak: Rate): number {
  const consumers = readers[topic].map((stage) => needOf(p, stage, peak).processes)
  return 6 * Math.ceil((Math.max(1, ...consumers) * p.growth) / 6)
}

function diskOf(p: Basis, topic: SizedTopic): number {
  const days = Number(topicLayouts[topic].config['retention.ms']) / msPerDay
  const { phones, modules } = mostSamplesIn(p, days)
  const { perSample, perTrack } = p.measured.bytesIn[topic]
  const tracks = phones / p.samplesPerUpload + modules / p.samplesPerMessage
  const share = topic === 'analytics.tracks' ? p.consentingShare : 1
  return ((perSample * (phones + modules) + perTrack * tracks) * share * p.replicas) / gibibyte
}
