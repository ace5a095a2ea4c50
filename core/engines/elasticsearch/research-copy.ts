// The research copy on Elasticsearch: an index a month and group, made when its first sample comes, and whom it forgets.
import type { Client, estypes } from '@elastic/elasticsearch'
import type { ResearchCopyStore } from '../../research/copy/port.ts'
import { createClient, engineErrorType, ping } from './client.ts'
import { createDocuments, deleteDocuments } from './documents.ts'
import type { Connection, ElasticsearchOptions } from './port.ts'
import { researchIndex, researchIndexBody, researchPatterns } from './research-mapping.ts'

/** At most so many documents come with one search (`index.max_result_window`). */
const mostFound = 10_000
const mostSlices = 100
/** From one slice to the next. */
const keptOpen = '2m'

export function createResearchCopy(options: ElasticsearchOptions): ResearchCopyStore & Connection {
  const client = createClient(options)
  const { namespace, log } = options
  // An index that was closed by hand is not passed over: its documents are there, and the request is refused.
  const everywhere = {
    index: researchPatterns(namespace),
    expand_wildcards: ['open', 'closed'] satisfies estypes.ExpandWildcards,
  }
  return {
    create: (partition, bulk) => createDocuments(client, researchIndex(namespace, partition), bulk),
    async makePartition(partition) {
      const index = researchIndex(namespace, partition)
      try {
        await client.indices.create({ index, ...researchIndexBody(partition) })
        log.info({ index }, 'made a month of the research copy')
      } catch (error) {
        if (engineErrorType(error) !== 'resource_already_exists_exception') throw error
      }
    },
    async deleteAll(persons, signal) {
      const { id } = await client.openPointInTime({ ...everywhere, keep_alive: keptOpen })
      try {
        return await deleteFound(client, { id, query: { terms: { person: [...persons] } }, signal })
      } finally {
        await client.closePointInTime({ id }).catch(() => undefined)
      }
    },
    async refresh() {
      const { _shards } = await client.indices.refresh(everywhere)
      const failure = _shards?.failures?.[0]
      if (failure !== undefined) throw new Error(`a month is not refreshed: ${failure.reason.reason}`)
    },
    async count(persons) {
      const { hits } = await client.search({
        ...everywhere,
        ...{ size: 0, track_total_hits: true, allow_partial_search_results: false },
        query: { terms: { person: [...persons] } },
      })
      return typeof hits.total === 'number' ? hits.total : (hits.total?.value ?? Number.NaN)
    },
    ping: () => ping(client),
    close: () => client.close(),
  }
}

interface Found {
  /** Of the point in time. */
  readonly id: string
  readonly query: estypes.QueryDslQueryContainer
  readonly signal: AbortSignal
}

async function deleteFound(client: Client, { id, query, signal }: Found): Promise<number> {
  let deleted = 0
  let after: estypes.SortResults | undefined
  for (let slice = 0; slice < mostSlices && !signal.aborted; slice++) {
    const { hits } = await client.search({
      ...{ pit: { id, keep_alive: keptOpen }, query, size: mostFound, sort: '_shard_doc' },
      ...{ _source: false, track_total_hits: false, ...(after && { search_after: after }) },
      // A month that cannot answer must not look like one without these persons.
      allow_partial_search_results: false,
    })
    if (hits.hits.length === 0) break
    const half = Math.ceil(hits.hits.length / 2)
    await Promise.all(
      [hits.hits.slice(0, half), hits.hits.slice(half)].map((some) => deleteDocuments(client, some)),
    )
    deleted += hits.hits.length
    after = hits.hits.at(-1)?.sort
  }
  return deleted
}
