// Times that cannot be, or not in this order.
import type { ManufacturingEvent } from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import {
  earliestPlausibleMs,
  happenedAtMs,
  isClearlyBefore,
  saidComponents,
  saidFrameNumber,
  timeMs,
  timeText,
} from '../../statements/said.ts'
import { componentSubject, frameSubject } from '../../statements/subjects.ts'
import type { FleetFacts } from '../facts.ts'
import { type Finding, finding } from '../findings.ts'
import type { Rule } from './rule.ts'

/** Clocks are off by minutes; whole hours are a mistaken zone, which somebody should look at. */
const futureToleranceMs = 15 * 60 * 1000
export const times: Rule = {
  reasons: ['time_in_future', 'time_implausible', 'order_of_times'],
  find(event, facts, nowMs) {
    return [...saidTimes(event).flatMap((time) => plausibility(time, nowMs)), ...order(event, facts)]
  },
}

interface SaidTime {
  readonly field: string
  readonly atMs: number
  /** A model may be announced. */
  readonly mayBeAhead?: boolean
}

function saidTimes({ event, occurredAt }: ManufacturingEvent): SaidTime[] {
  const occurred = { field: 'occurredAt', atMs: timeMs(occurredAt) }
  switch (event.case) {
    case 'bikeModelDefined': {
      const { producedFrom, producedUntil } = event.value
      return [
        occurred,
        { field: 'producedFrom', atMs: timeMs(producedFrom), mayBeAhead: true },
        { field: 'producedUntil', atMs: timeMs(producedUntil), mayBeAhead: true },
      ]
    }
    case 'componentProduced':
    case 'bikeProduced':
      return [occurred, { field: 'producedAt', atMs: timeMs(event.value.producedAt) }]
    case 'bikeDelivered':
      return [occurred, { field: 'deliveredAt', atMs: timeMs(event.value.deliveredAt) }]
    case 'bikeSold':
      return [occurred, { field: 'soldAt', atMs: timeMs(event.value.soldAt) }]
    default:
      return [occurred]
  }
}

function plausibility({ field, atMs, mayBeAhead = false }: SaidTime, nowMs: number): Finding[] {
  const evidence = { [`said ${field}`]: timeText(atMs) }
  if (atMs > nowMs + futureToleranceMs && !mayBeAhead) {
    const detail = `${field} ${timeText(atMs)} lies ahead of ${timeText(nowMs)}`
    return [finding('time_in_future', field, { detail, evidence })]
  }
  if (atMs < earliestPlausibleMs) {
    const detail = `${field} ${timeText(atMs)} lies before all e-bikes with modules`
    return [finding('time_implausible', field, { detail, evidence })]
  }
  return []
}

/** Nothing happens to a bike or a component before it is made. */
function order(event: ManufacturingEvent, facts: FleetFacts): Finding[] {
  const atMs = happenedAtMs(event)
  const frameNumber = saidFrameNumber(event)
  const bike = event.event.case === 'bikeProduced' ? undefined : facts.bikeByFrame(frameNumber)
  const components = saidComponents(event).flatMap(({ role, name }) => {
    const component = role === 'made' ? undefined : facts.component(name)
    return component === undefined
      ? []
      : [{ subject: componentSubject(name), madeAtMs: component.producedAtMs }]
  })
  const things = bike
    ? [{ subject: frameSubject(frameNumber), madeAtMs: bike.producedAtMs }, ...components]
    : components
  return [
    ...things.filter(({ madeAtMs }) => isClearlyBefore(atMs, madeAtMs)).map((thing) => tooEarly(thing, atMs)),
    ...madeTooLate(event, facts),
  ]
}

function tooEarly({ subject, madeAtMs }: { subject: string; madeAtMs: number }, atMs: number): Finding {
  const detail = `${subject} was produced at ${timeText(madeAtMs)}, and this at ${timeText(atMs)}, before it`
  const evidence = { 'known producedAt': timeText(madeAtMs), 'said time': timeText(atMs) }
  return finding('order_of_times', subject, { detail, evidence })
}

/** A bike that is known by its id and was delivered before it is said to be produced. */
function madeTooLate({ event }: ManufacturingEvent, facts: FleetFacts): Finding[] {
  if (event.case !== 'bikeProduced') return []
  const producedAtMs = timeMs(event.value.producedAt)
  const deliveredAtMs = facts.bikeById(event.value.bikeId)?.deliveredAtMs
  if (deliveredAtMs === undefined || !isClearlyBefore(deliveredAtMs, producedAtMs)) return []
  const subject = frameSubject(event.value.frameNumber)
  const detail = `${subject} was delivered at ${timeText(deliveredAtMs)}, said: produced at ${timeText(producedAtMs)}, after it`
  const evidence = { 'known time': timeText(deliveredAtMs), 'said producedAt': timeText(producedAtMs) }
  return [finding('order_of_times', subject, { detail, evidence })]
}
