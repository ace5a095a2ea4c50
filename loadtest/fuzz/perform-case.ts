// Does one case to the edge, or to the codec alone, and tells what came of it.
import type { FuzzCase } from './cases.ts'
import { judgeAnswer } from './judge.ts'
import { recordFault } from './records.ts'
import type { Transport } from './transport.ts'

export interface Outcome {
  readonly statuses: readonly (number | string)[]
  readonly acceptedTracks: number
  readonly fault?: string
}

export async function performCase(
  one: FuzzCase,
  { transport, bikeIds, token }: { transport: Transport; bikeIds: ReadonlySet<string>; token: string },
): Promise<Outcome> {
  if (one.kind === 'record') {
    const fault = recordFault(one.record, one.bytes)
    return { statuses: ['codec only'], acceptedTracks: 0, ...(fault !== undefined && { fault }) }
  }
  if (one.kind === 'bare') {
    const statuses = await transport.sendBare(one.bytes)
    const worst = statuses.find((status) => status >= 500)
    return { statuses, acceptedTracks: 0, ...(worst !== undefined && { fault: `answered ${worst}` }) }
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
  const judgement = judgeAnswer(one, answer, bikeIds)
  if (judgement.kind === 'good') {
    const { status, acceptedTracks } = judgement
    return { statuses: [status === 0 ? 'cut' : status], acceptedTracks }
  }
  const statuses = answer.kind === 'answer' ? [answer.status] : ['none']
  return { statuses, acceptedTracks: 0, ...(judgement.kind === 'fault' && { fault: judgement.what }) }
}
