// Rides of the demonstration rider, so that the pages show something: sent as a phone sends them, once.
import { z } from 'zod'
import { encodeAttempt, sealUpload, sendAttempt } from '../../client/index.ts'
import { nodeGzip } from '../../client/node/index.ts'
import { attemptClock, createBike, createPhone, recordRide } from '../../simulator/index.ts'
import { demonstration } from './demonstration.ts'
import type { Env } from './engines/engine.ts'

const dayMs = 86_400_000
/** One that takes a fifth of the charge or more tells how much the battery holds. */
const outings = [
  { daysAgo: 6, hourUtc: 15, minutes: 50 },
  { daysAgo: 4, hourUtc: 7, minutes: 40 },
  { daysAgo: 3, hourUtc: 16, minutes: 45 },
  { daysAgo: 1, hourUtc: 9, minutes: 90 },
] as const
/** A tourer in the hills. */
const [seed, index] = [12, 9]
const timeoutMs = 20_000

/** `false` where the rider has rides already. Rejects when the platform does not take them. */
export const sendDemonstrationRides = async (env: Env): Promise<boolean> => {
  const token = await obtainToken(env)
  if (await hasRides(env, token)) return false
  const today = Math.floor(Date.now() / dayMs) * dayMs
  const phone = createPhone({ bootedAtMs: today - 30 * dayMs, bootId: 1, wrongByMs: 0, events: [] })
  const bike = createBike(seed, index)
  for (const { daysAgo, hourUtc, minutes } of outings) {
    const ride = bike.ride({
      startMs: today - daysAgo * dayMs + hourUtc * 3_600_000,
      seconds: minutes * 60,
    })
    const recorder = { ...demonstration, phone }
    for (const { tracks } of recordRide(ride, { recorder, chunkMs: 600_000 })) {
      const attempt = await encodeAttempt(sealUpload({ tracks }), attemptClock(phone, Date.now()), nodeGzip)
      const outcome = await sendAttempt(attempt, { url: `${env.EDGE_URL}/v1/telemetry`, token, timeoutMs })
      if (outcome.kind !== 'answered') throw new Error(`the edge took no ride: ${JSON.stringify(outcome)}`)
    }
  }
  return true
}

const tokenAnswer = z.object({ access_token: z.string() })

const obtainToken = async (env: Env): Promise<string> => {
  const { rider: subject, bikeId } = demonstration
  const answer = await fetch(env.TOKEN_URL ?? '', {
    method: 'POST',
    body: JSON.stringify({ subject, bikes: [bikeId] }),
    signal: AbortSignal.timeout(timeoutMs),
  })
  return tokenAnswer.parse(await answer.json()).access_token
}

const ridesAnswer = z.object({ rides: z.array(z.unknown()) })

const hasRides = async (env: Env, token: string): Promise<boolean> => {
  const answer = await fetch(`${env.API_URL}/v1/riders/me/rides?limit=1`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(timeoutMs),
  })
  return ridesAnswer.parse(await answer.json()).rides.length > 0
}
