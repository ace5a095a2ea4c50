// An attempt: clocks stamped anew, a token renewed once, and no answer believed that is not for this upload.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createAttempt } from './attempt.ts'
import { createClockWatch } from './clock.ts'
import { answerText, type LocalEdge, startLocalEdge } from './testing/local-edge.ts'
import { createManualClock, noonMs } from './testing/manual-clock.ts'
import { newUpload } from './testing/uploads.ts'

let edge: LocalEdge

beforeEach(async () => {
  edge = await startLocalEdge()
})

afterEach(() => edge.close())

function newAttempt(token: (ask: { renew: boolean }) => Promise<string> = async () => 'good') {
  const device = createManualClock()
  const { stamp } = createClockWatch({ device })
  return { device, attempt: createAttempt({ url: edge.url, token, stamp }) }
}

test('every attempt has the clocks of its moment and the id of its upload', async () => {
  const { device, attempt } = newAttempt()
  const upload = newUpload()
  await attempt(upload)
  device.pass(60_000)
  device.setWall(noonMs)
  await attempt(upload)
  expect(edge.received.map(({ uploadId }) => uploadId)).toEqual([upload.uploadId, upload.uploadId])
  expect(edge.received.map((received) => received.attempt)).toEqual([
    { sentAtMs: noonMs, monotonicMs: 1_000, bootId: 1, clockEpoch: 1 },
    { sentAtMs: noonMs, monotonicMs: 61_000, bootId: 1, clockEpoch: 2 },
  ])
})

describe('a token that is not taken', () => {
  const reject = () =>
    edge.answer(({ headers }) => ({ status: headers.authorization === 'Bearer new' ? 202 : 401 }))

  test('is renewed, once', async () => {
    reject()
    const { attempt } = newAttempt(async ({ renew }) => (renew ? 'new' : 'old'))
    expect(await attempt(newUpload())).toMatchObject({ kind: 'answered' })
    expect(edge.received.map(({ headers }) => headers.authorization)).toEqual(['Bearer old', 'Bearer new'])
  })

  test('and whose successor is not taken either is told', async () => {
    reject()
    const { attempt } = newAttempt(async () => 'old')
    expect(await attempt(newUpload())).toEqual({ kind: 'unauthorized' })
    expect(edge.received).toHaveLength(2)
  })

  test('and cannot be had at all is a reason to try later', async () => {
    const { attempt } = newAttempt(() => Promise.reject(new Error('logged out')))
    expect(await attempt(newUpload())).toEqual({ kind: 'unavailable', detail: 'no token: logged out' })
    expect(edge.received).toEqual([])
  })
})

describe('an answer is not believed', () => {
  const never = { reason: 'any', detail: '', temporary: false }
  test.each([
    ['for another upload', { uploadId: newUpload().uploadId }],
    [
      'about a track that was not sent',
      { accepted: { tracks: 1, samples: 1 }, rejected: [{ index: 2, ...never }] },
    ],
    ['that leaves a track out', { accepted: { tracks: 1, samples: 1 } }],
    ['that counts a track twice', { rejected: [{ index: 0, ...never }] }],
    [
      'that rejects a track twice',
      {
        accepted: { tracks: 0, samples: 0 },
        rejected: [
          { index: 0, ...never },
          { index: 0, ...never, temporary: true },
        ],
      },
    ],
  ])('%s', async (_, wrong) => {
    edge.answer((received) => ({ body: JSON.stringify({ ...JSON.parse(answerText(received)), ...wrong }) }))
    expect(await newAttempt().attempt(newUpload({ tracks: 2 }))).toMatchObject({ kind: 'unavailable' })
  })
})

test.each([-1, 0, 1e15, Number.NaN])(
  'nothing is sent under a wall clock of %s: an edge would refuse it for ever',
  async (ms) => {
    const { device, attempt } = newAttempt()
    device.setWall(ms)
    expect(await attempt(newUpload())).toMatchObject({ kind: 'unavailable' })
    expect(edge.received).toEqual([])
  },
)
