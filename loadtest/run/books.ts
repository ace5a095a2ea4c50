// Waits until every sample has its outcome at every stage, and asks the destinations what they have.
import { topicName } from '../../core/topics.ts'
import { imbalances, type Ledger } from '../../testkit/books.ts'
import { brokersOf, elasticsearchOf } from '../../testkit/environment.ts'
import { readLedger } from '../../testkit/ledger.ts'
import { readResearchSamples } from '../../testkit/research-samples.ts'
import { waitUntil } from '../../testkit/wait.ts'
import type { Books } from '../report/check-books.ts'
import {
  type AnswersByUpload,
  acceptedOf,
  besideLedger,
  compareUploads,
  type SentUpload,
} from '../report/upload-answers.ts'
import { type NamedSenders, readBooked } from './booked.ts'
import type { Target } from './target.ts'

export interface Account {
  readonly senders: NamedSenders
  readonly bikeIds: readonly string[]
  /** Phones' by upload, modules' by sender. */
  readonly answers: AnswersByUpload
}

const everyMs = 500
const searchWithinMs = 60_000
/** Some million records, as a soak leaves them, take a minute. */
const readWithinMs = 600_000

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
      return imbalances(ledger, Math.max(acceptedOf(account.answers), ledger.accepted))
    })
    const imbalanced = (await Promise.all(open)).flat()
    if (imbalanced.length > 0) return imbalanced
    const { missing } = compareUploads(await readSent(target, accounts))
    return missing === 0 ? [] : [`${missing} accepted samples are not in the ledger`]
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
    sent: await readSent(target, accounts),
    documents: await countDocuments(
      target,
      accounts.flatMap(({ bikeIds }) => bikeIds),
    ),
    delivered: target.isOwn ? await countDelivered(target) : undefined,
  }
}

async function readSent({ sql }: Target, accounts: readonly Account[]): Promise<SentUpload[]> {
  const sent = accounts.map(async ({ senders, answers }) =>
    besideLedger(answers, await readBooked(sql, senders)),
  )
  return (await Promise.all(sent)).flat()
}

async function countDelivered({ env, namespace }: Target): Promise<number> {
  const topic = topicName(namespace, 'analytics.tracks')
  let samples = 0
  const all = readResearchSamples({ brokers: brokersOf(env), topic, withinMs: readWithinMs })
  for await (const _ of all) samples++
  return samples
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
