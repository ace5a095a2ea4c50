// What is particular to a track of a bike's own module: who it may speak for, and whose ride it was. Pure.
import { uuidText } from '../../../proto/index.ts'
import type { ArrivedTrack } from './arrived-track.ts'
import type { KnownBike } from './port.ts'

/** The broker vouches for the topic only, so the payload must agree with it. */
export function topicMismatch({ raw: { device }, track }: ArrivedTrack): string | undefined {
  if (device === undefined) return undefined
  const topicBike = device.bikeId.length === 16 ? uuidText(device.bikeId) : 'no bike'
  if (topicBike !== track.bikeId) return `a track of bike ${track.bikeId} on a topic of ${topicBike}`
  if (device.kind !== track.kind) return `a ${track.kind} track on the topic of kind ${device.kind}`
  return undefined
}

/** Modules that were revoked since count too: what the broker took from them before stays believed. */
export function recorderMismatch({ track }: ArrivedTrack, bike: KnownBike): string | undefined {
  if (bike.devices.includes(track.recorderId)) return undefined
  return `recorder ${track.recorderId} is no module of bike ${track.bikeId}`
}

/** The one who owned the bike all the while, or '': a ride across a sale is nobody's to consent to. */
export function riderDuring({ ownerships }: KnownBike, firstMs: number, lastMs: number): string {
  const owner = ownerships.find(({ fromMs, untilMs }) => fromMs <= firstMs && lastMs < untilMs)
  return owner?.riderId ?? ''
}
