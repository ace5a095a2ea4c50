// Does one case to the edge, or to the codec alone, and tells what came of it.
import type { FuzzCase } from './cases.ts'
import { demandOf, judgeAnswer } from './judge.ts'
import { recordFault } from './records.ts'
import type { Transport } from './transport.ts'

export interface Outcome {
  readonly statuses: readonly (number | string)[]
  readonly acceptedTracks: number
  /** Whether the contract demands that it is accepted. */
  readonly isSound: boolean
  /** Put off with 503 and Retry-After. */
  readonly isBusy: boolean
  readonly fault?: string
}

const notJudged = { acceptedTracks: 0, isSound: false, isBusy: false }

export async function performCase(
  one: FuzzCase,
  { transport, bikeIds, token }: { transport: Transport; bikeIds: ReadonlySet<string>; token: string },
): Promise<Outcome> {
  if (one.kind === 'record') {
    const fault = recordFault(one.record, one.bytes)
    return { ...notJudged, statuses: ['codec only'], ...(fault !== undefined && { fault }) }
  }
  if (one.kind === 'bare') {
    const statuses = await transport.sendBare(one.bytes)
    const worst = statuses.find((status) => status >= 500)
    return { ...notJudged, statuses, ...(worst !== undefined && { fault: `answered ${worst}` }) }
  }
  const { head, packed, isCut } = one
  const headers = {
    authorization: `Bearer ${token}`,
    ...(packed.encoding !== undefined && { 'content-encoding': packed.encoding }),
    ...head.headers,
  }
  const send = () => transport.send({ head: { ...head, headers }, body: packed.body, isCut })
  let answer = await send()
  // A kept connection may end just when it is used again: that is HTTP's fault, and clients send again.
  if (answer.kind === 'none' && !isCut) answer = await send()
  const demanded = demandOf(one, bikeIds)
  const judgement = judgeAnswer(one, answer, demanded)
  const isSound = demanded?.status === 202
  if (judgement.kind === 'good') {
    const { status, acceptedTracks } = judgement
    return { statuses: [status === 0 ? 'cut' : status], acceptedTracks, isSound, isBusy: false }
  }
  return {
    statuses: answer.kind === 'answer' ? [answer.status] : ['none'],
    acceptedTracks: 0,
    isSound,
    isBusy: judgement.kind === 'busy',
    ...(judgement.kind === 'fault' && { fault: judgement.what }),
  }
}
