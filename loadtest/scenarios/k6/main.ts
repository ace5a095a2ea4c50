// The scenarios in k6: one function a flow, called as often as its shape says. Bundled with the client's code by load.ts.
import './text-encoding.ts'
import encoding from 'k6/encoding'
import exec from 'k6/execution'
import http from 'k6/http'
import type { Options } from 'k6/options'
import { sealUpload } from '../../../client/index.ts'
import {
  createBike,
  createPhone,
  recordRide,
  shiftSeries,
  withSensorFaults,
} from '../../../simulator/index.ts'
import type { HostileRequest } from '../plan.ts'
import { phoneOptions } from '../plan.ts'
import { measure, reasonOf, retryAfter } from './attempt.ts'
import { optionsOf } from './options.ts'
import { samplesOf, send } from './phones.ts'
import { type SummaryData, summaryOf } from './summary.ts'
import { bikeOf, hostile as hostileRequests, kept as keptUploads, metrics, plan } from './world.ts'

export const options: Options = optionsOf(plan)

const phone = createPhone(phoneOptions)
/** The same five minutes again and again, at other times: k6 is not here to simulate physics. The sensors of every fourth fail. */
const sound = createBike(1, __VU).ride({ startMs: plan.ride.beginMs, seconds: plan.ride.seconds })
const ride = __VU % 4 === 0 ? withSensorFaults(sound).told : sound

/** A phone that records a ride and sends its last minutes. */
export const rides = counted(async () => {
  const { rider, bike, round } = bikeOf(exec.scenario.iterationInTest)
  const shiftMs = round * plan.ride.seconds * 1_000
  const series = ride.map((one) => shiftSeries(one, shiftMs))
  const chunks = recordRide(series, {
    recorder: { ...bike, phone },
    chunkMs: (plan.ride.seconds + 60) * 1_000,
  })
  const tracks = chunks.flatMap((chunk) => chunk.tracks)
  await send({ flow: 'rides', rider, upload: sealUpload({ tracks }), samples: samplesOf(tracks) })
})

/** A phone that has kept a sealed upload and finds the network again. */
export const kept = counted(async () => {
  const turn = exec.scenario.iterationInTest
  const upload = turn < keptUploads.length ? keptUploads[turn] : undefined
  if (upload === undefined) return
  const { rider, uploadId, samples } = upload
  const tracks = upload.tracks.map((track) => new Uint8Array(encoding.b64decode(track)))
  await send({ flow: 'kept', rider, upload: { uploadId, tracks }, samples })
})

/** Somebody who means no good, or an app gone wrong. */
export const hostile = counted(async () => {
  const request = hostileRequests[exec.scenario.iterationInTest % hostileRequests.length] as HostileRequest
  const response = http.post(`${plan.edgeUrl}/v1/telemetry`, encoding.b64decode(request.body), {
    headers: { ...request.headers },
    timeout: '25s',
    responseType: 'text',
  })
  measure(response, 'hostile', reasonOf(response))
  const isLater = retryAfter(response, 'hostile') !== undefined
  if (request.expected.includes(response.status)) {
    metrics.refusedAsDocumented.add(1, { kind: request.name })
  } else if (!isLater) {
    metrics.wrongAnswers.add(1, { flow: 'hostile' })
    console.error(`${request.name}: ${response.status} ${response.body}`)
  }
})

function counted(work: () => Promise<void>): () => Promise<void> {
  return async () => {
    try {
      await work()
    } catch (error) {
      metrics.exceptions.add(1)
      throw error
    }
  }
}

export function handleSummary(data: SummaryData): Record<string, string> {
  return { [plan.summaryFile]: JSON.stringify(summaryOf(data)) }
}
