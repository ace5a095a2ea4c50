// What the research gateway reads of the research copy. It decides nothing: the gateway makes the bodies.
import { type Months, type ResearchReader, UnknownMonthError } from '../../research/gateway/port.ts'
import { createClient, engineErrorType, ping } from './client.ts'
import type { Connection, ElasticsearchOptions } from './port.ts'
import { researchName } from './research-mapping.ts'

const searchTimeoutMs = 10_000

export function createResearchReader(options: ElasticsearchOptions): ResearchReader & Connection {
  const client = createClient(options)
  const nameOf = ({ group, month = '*' }: Months) => `${researchName(options.namespace)}-${group}-${month}`
  return {
    async search(months, body) {
      try {
        return await client.search(
          // A month that cannot answer must not look like one without documents.
          { index: months.map(nameOf), ...body, allow_partial_search_results: false },
          { requestTimeout: searchTimeoutMs },
        )
      } catch (error) {
        if (engineErrorType(error) === 'index_not_found_exception')
          throw new UnknownMonthError('one of these months is not in the copy', { cause: error })
        throw error
      }
    },
    ping: () => ping(client),
    close: () => client.close(),
  }
}
