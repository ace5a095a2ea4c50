// Waits until every sample has its outcome at every stage, and asks the destinations what they have.
import { readTopic } from '../../core/kafka/index.ts'
import { topicName } from '../../core/pipeline/topics.ts'
import { imbalances, type Ledger, total } from '../../infra/stage/books.ts'
import { readLedger, type Senders } from '../../infra/stage/ledger.ts'
import { brokersOf, elasticsearchOf } from '../../infra/stage/stage.ts'
import { waitUntil } from '../../infra/stage/wait.ts'
import type { Books } from '../report/verdict.ts'
import type { Target } from './target.ts'

export interface Account {
  readonly senders: Senders
  readonly bikeIds: readonly string[]
  readonly accepted: number
  readonly inDoubt: number
}

const everyMs = 500
const searchWithinMs = 60_000

/** False when it did not come about within the bound. */
export async function settle(of: {
  target: Target
  accounts: readonly Account[]
  withinS: number
  signal: AbortSignal
}): Promise<boolean> {
  const { target, accounts, withinS, signal } = of
  const missing = async () => {
    const open = accounts.map(async (account) => {
      const ledger = await readLedger(target.sql, account)
      // What was sent in doubt may be more; what was acknowledged must be there.
      return imbalances(ledger, Math.max(account.accepted, ledger.accepted))
    })
    return (await Promise.all(open)).flat()
  }
  try {
    await waitUntil(missing, { withinMs: withinS * 1_000, everyMs, signal })
  } catch (error) {
    if (signal.aborted) throw error
    return false
  }
  return true
}

/** All accounts together. */
export async function readBooks(target: Target, accounts: readonly Account[]): Promise<Books> {
  const ledgers = await Promise.all(accounts.map((account) => readLedger(target.sql, account)))
  const ledger: Ledger = {
    accepted: sum(ledgers.map(({ accepted }) => accepted)),
    lines: ledgers.flatMap(({ lines }) => lines),
  }
  return {
    ledger,
    accepted: sum(accounts.map(({ accepted }) => accepted)),
    inDoubt: sum(accounts.map(({ inDoubt }) => inDoubt)),
    documents: await countDocuments(
      target,
      accounts.flatMap(({ bikeIds }) => bikeIds),
    ),
    delivered: target.isOwn
      ? await countDelivered(target, total(ledger, 'analytics', 'delivered'))
      : undefined,
  }
}

/** Reading takes a minute for some million records; a soak's topic has shed its oldest ones besides. */
const mostReadRecords = 5_000_000

async function countDelivered({ env, namespace }: Target, expected: number): Promise<number | undefined> {
  if (expected > mostReadRecords) return undefined
  const topic = topicName(namespace, 'analytics.telemetry')
  let records = 0
  for await (const _ of readTopic({ brokers: brokersOf(env), topic, awaitUndecided: true })) records++
  return records
}

async function countDocuments({ env, namespace }: Target, bikeIds: readonly string[]): Promise<number> {
  const { url, username, password } = elasticsearchOf(env)
  const index = namespace === '' ? 'telemetry' : `${namespace}-telemetry`
  const post = async (path: string, body?: object): Promise<{ count?: number }> => {
    const response = await fetch(`${url}/${index}/${path}`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(searchWithinMs),
    })
    if (!response.ok) throw new Error(`Elasticsearch, ${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as { count?: number }
  }
  await post('_refresh')
  return (await post('_count', { query: { terms: { bike_id: bikeIds } } })).count ?? 0
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
