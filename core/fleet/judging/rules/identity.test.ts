import { describe, test } from 'vitest'
import { expectReasons, type RuleCase } from '../../testing/expect-reasons.ts'
import {
  bike,
  bikeIds,
  component,
  day,
  fleet,
  madeMs,
  recycledShelf,
  stay,
  withMotor,
} from '../../testing/rule-case.ts'
import {
  at,
  built,
  delivered,
  fitted,
  made,
  named,
  part,
  recycled,
  removed,
  sold,
  swapped,
} from '../../testing/statements.ts'

const hourMs = 3_600_000
const exchangedMs = madeMs + 9 * day
const merged = { ...fleet, aliases: [{ name: named('BA1X'), componentId: 'id of BA1' }] }
const taken = { ...fleet, installations: [stay('BA1', 'anna', { untilMs: exchangedMs })] }
const exchanged = {
  ...fleet,
  installations: [...taken.installations, stay('BA2', 'anna', { fromMs: exchangedMs })],
}
const annas = (facts: object) => ({ ...fleet, bikes: [bike('anna', facts)] })
const there = annas({ deliveredAtMs: madeMs + day })
const owned = annas({ isOwned: true, ownedSinceMs: madeMs + day })
const ownedForEver = annas({ isOwned: true, ownedSinceMs: -Infinity })
const released = annas({ ownedSinceMs: madeMs + day })
const issued = { ...annas({ soldBy: [sold('', 0).eventId] }) }
const nobodys = { ...fleet, bikes: [] }
const byHand = {
  ...withMotor,
  bikes: [...fleet.bikes, bike('new', { frameNumber: undefined, modelId: undefined })],
}
const knowsNoBatch = { ...fleet, components: [component('BA1', { batch: '' })] }
const again = (facts: object = {}, source?: string) =>
  built({ bikeId: bikeIds.anna, frameNumber: 'F-ANNA', parts: [], ...facts }, source)
const roughly = { plant: '', producedAt: at(madeMs - 3 * hourMs) }

describe('a component', () => {
  test.each<RuleCase>([
    ['the same again', made('BA1'), ['said_before']],
    ['… with a rough time', made('BA1', { producedAt: at(madeMs - 10 * day + hourMs) }), ['said_before']],
    ['… by one who knows less', made('BA1', { batch: '', plant: '' }), ['said_before']],
    ['… by one who knows more', made('BA1'), [], knowsNoBatch],
    ['… of another batch', made('BA1', { batch: 'B8' }), ['serial_taken']],
    ['… produced on another day', made('BA1', { producedAt: at(madeMs - 8 * day) }), ['serial_taken']],
    ['under the name that a reviewer merged', made('BA1X'), ['said_before'], merged],
    [
      '… of another batch: it may be a component itself',
      made('BA1X', { batch: 'B8' }),
      ['serial_taken'],
      merged,
    ],
    ['… of another plant', made('BA1X', { plant: 'pirna' }), ['serial_taken'], merged],
    ['… of another day', made('BA1X', { producedAt: at(madeMs - 8 * day) }), ['serial_taken'], merged],
    ['the same end again', recycled('BA2', madeMs + 5 * day), ['said_before'], recycledShelf],
    ['another end', recycled('BA2', exchangedMs), ['sources_contradict'], recycledShelf],
  ])('%s', (_, said, reasons, known) => expectReasons(said, reasons, known))
})

describe('a bike', () => {
  test.each<RuleCase>([
    ['the same again', again({ parts: [part('BA1'), part('MO1')] }), ['said_before']],
    ['… roughly, without its parts, by the OEM', again(roughly, 'oem:acme'), ['said_before']],
    ['… of another model', again({ modelId: 'race' }, 'oem:acme'), ['model_unknown', 'sources_contradict']],
    ['… of another day', again({ producedAt: at(madeMs + day) }, 'oem:acme'), ['sources_contradict']],
    ['… of another plant', again({ plant: 'pirna' }), ['sources_contradict']],
    ['… with a part more', again({ parts: [part('BA2', 'battery_2')] }), []],
    ['its frame number with another id', built({ frameNumber: 'F-ANNA' }), ['frame_number_taken'], withMotor],
    ['its id with another frame number', built({ bikeId: bikeIds.anna, parts: [] }), ['bike_id_taken']],
    ['registered by hand before', built(), [], byHand],
    ['the same delivery again', delivered(madeMs + day), ['said_before'], there],
    ['another delivery', delivered(madeMs + 4 * day), ['sources_contradict'], there],
    ['a sale of a bike that somebody owns', sold('ben', exchangedMs), ['bike_owned'], owned],
    ['… to whoever it is said to be', sold('anna', exchangedMs), ['bike_owned'], owned],
    ['… and of one since nobody knows when', sold('ben', exchangedMs), ['bike_owned'], ownedForEver],
    ['… with an earlier date', sold('ben', madeMs), ['bike_owned'], owned],
    ['… less than a day earlier', sold('ben', madeMs + hourMs), ['said_before'], owned],
    ['the sale by which the owner came to it', sold('', madeMs + day), ['said_before'], owned],
    ['… about then', sold('', madeMs + 2 * day - 1), ['said_before'], owned],
    ['… and a day after', sold('', madeMs + 2 * day), ['bike_owned'], owned],
    ['a sale of a bike that nobody owns any more', sold('', exchangedMs), [], released],
    ['a sale that has issued its code', sold('', exchangedMs), ['said_before'], issued],
    ['a sale of a bike that nobody told of', sold('anna', exchangedMs), ['bike_unknown'], nobodys],
  ])('%s', (_, said, reasons, known) => expectReasons(said, reasons, known))
})

describe('a move', () => {
  test.each<RuleCase>([
    ['the same installation again', fitted('BA1', 'F-ANNA'), ['said_before']],
    ['… told an hour too early', fitted('BA1', 'F-ANNA', madeMs - hourMs), ['said_before']],
    [
      'the same removal again, an hour later',
      removed('BA1', 'F-ANNA', exchangedMs + hourMs),
      ['said_before'],
      taken,
    ],
    [
      'a removal at quite another time',
      removed('BA1', 'F-ANNA', madeMs + 3 * day),
      ['sources_contradict'],
      taken,
    ],
    ['the same swap again', swapped('BA1', 'BA2', exchangedMs), ['said_before'], exchanged],
    ['a swap of which the removal was told', swapped('BA1', 'BA2', exchangedMs), [], taken],
  ])('%s', (_, said, reasons, known) => expectReasons(said, reasons, known))
})
