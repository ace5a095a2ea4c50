// The research copy on Elasticsearch: an index a month and group, made when its first sample comes, and whom it forgets.
import type { Client, estypes } from '@elastic/elasticsearch'
import type { ResearchCopyStore } from '../../research/copy/port.ts'
import { createClient, engineErrorType, ping } from './client.ts'
import { createDocuments } from './documents.ts'
import type { Connection, ElasticsearchOptions } from './port.ts'
import { researchIndex, researchIndexBody, researchPatterns } from './research-mapping.ts'

/** At most so many documents come with one search (`index.max_result_window`). */
const mostFound = 10_000

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
    async deleteSome(persons) {
      const found = await client.search({
        ...everywhere,
        ...{ size: mostFound, sort: '_doc', _source: false, track_total_hits: false },
        // A month that cannot answer must not look like one without these persons.
        allow_partial_search_results: false,
        query: { terms: { person: [...persons] } },
      })
      const documents = found.hits.hits.map(({ _index, _id }) => ({ index: _index, id: _id ?? '' }))
      await deleteDocuments(client, documents)
      return { deleted: documents.length, isAll: documents.length < mostFound }
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

/** Afterwards the next search finds none of them. One that is gone already is as good as deleted. */
async function deleteDocuments(
  client: Client,
  documents: readonly { readonly index: string; readonly id: string }[],
): Promise<void> {
  if (documents.length === 0) return
  const operations = documents.map(({ index, id }) => ({ delete: { _index: index, _id: id } }))
  const { errors, items } = await client.bulk({ refresh: true, operations })
  if (!errors) return
  const failed = items.find(({ delete: one }) => one?.status !== 200 && one?.status !== 404)?.delete
  if (failed !== undefined)
    throw new Error(`${failed._index} deletes nothing: ${failed.error?.reason ?? failed.status}`)
}
