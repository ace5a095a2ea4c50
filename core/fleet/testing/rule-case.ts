// A small fleet for tests of rules: two bikes of one model, with batteries and motors.
import { CheckDigit } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import type { BikeFact, ComponentFact, ComponentTypeFact, InstallationFact } from '../judging/facts.ts'
import type { FleetSnapshot } from '../judging/working-facts.ts'

export const day = 24 * 60 * 60 * 1000
export const nowMs = Date.UTC(2026, 5, 1)
/** When the bikes were produced. */
export const madeMs = Date.UTC(2026, 2, 2, 10)
const open = Number.POSITIVE_INFINITY

export const bikeIds = {
  anna: '01936f00-0000-7000-8000-00000000000a',
  ben: '01936f00-0000-7000-8000-00000000000b',
  new: '01936f00-0000-7000-8000-00000000000c',
} as const

export function component(serialNumber: string, facts: Partial<ComponentFact> = {}): ComponentFact {
  return {
    componentId: `id of ${serialNumber}`,
    type: serialNumber.startsWith('M') ? 'motor' : 'battery',
    serialNumber,
    hardwareRevision: '2',
    firmwareRevision: '1.4',
    batch: 'B7',
    plant: 'zwickau',
    source: 'plant:zwickau',
    producedAtMs: madeMs - 10 * day,
    recycledAtMs: undefined,
    ...facts,
  }
}

export function bike(name: keyof typeof bikeIds, facts: Partial<BikeFact> = {}): BikeFact {
  return {
    bikeId: bikeIds[name],
    frameNumber: `F-${name.toUpperCase()}`,
    modelId: 'city',
    plant: 'dresden',
    oem: 'acme',
    producedAtMs: madeMs,
    deliveredAtMs: undefined,
    source: 'plant:dresden',
    isOwned: false,
    ownedSinceMs: undefined,
    soldBy: [],
    ...facts,
  }
}

export function stay(
  serialNumber: string,
  name: keyof typeof bikeIds,
  facts: Partial<InstallationFact> = {},
): InstallationFact {
  const slot = serialNumber.startsWith('M') ? 'motor' : 'battery'
  const componentId = `id of ${serialNumber}`
  return { bikeId: bikeIds[name], slot, componentId, fromMs: madeMs, untilMs: open, ...facts }
}

const byPlant = { source: 'plant:dresden', definedAtMs: Date.UTC(2026, 0, 1) }

function componentType(type: string, facts: Partial<ComponentTypeFact>): ComponentTypeFact {
  const form = { serialPattern: '.*', checkDigit: CheckDigit.NONE, faultCodes: undefined }
  return { type, name: type, ...form, ...byPlant, ...facts }
}

/** Anna's bike has a battery and a motor, Ben's a motor; two batteries lie on the shelf. */
export const fleet: FleetSnapshot = {
  types: [
    componentType('battery', { serialPattern: 'BA\\d+' }),
    componentType('motor', { serialPattern: 'MO\\d+' }),
  ],
  models: [
    {
      ...byPlant,
      modelId: 'city',
      name: 'City',
      slots: [
        { slot: 'battery', type: 'battery', required: true },
        { slot: 'battery_2', type: 'battery', required: false },
        { slot: 'motor', type: 'motor', required: true },
      ],
      producedFromMs: Date.UTC(2026, 0, 1),
      producedUntilMs: open,
    },
  ],
  bikes: [bike('anna'), bike('ben')],
  components: ['BA1', 'BA2', 'BA3', 'MO1', 'MO2'].map((serial) => component(serial)),
  aliases: [],
  installations: [stay('BA1', 'anna'), stay('MO1', 'anna'), stay('MO2', 'ben')],
}

/** With the motor for a new bike. */
export const withMotor = { ...fleet, components: [...fleet.components, component('MO3')] }

/** With a form of frame numbers. */
export const frames = (checkDigit: CheckDigit, serialPattern = 'F-[A-Z]+') => ({
  ...fleet,
  types: [...fleet.types, componentType('frame', { serialPattern, checkDigit })],
})

export const withStays = (...more: FleetSnapshot['installations']) => ({
  ...fleet,
  installations: [...fleet.installations, ...more].sort((a, b) => a.fromMs - b.fromMs),
})

/** A battery on the shelf was recycled five days after the bikes were made. */
export const recycledShelf = {
  ...fleet,
  components: [
    ...fleet.components.filter(({ serialNumber }) => serialNumber !== 'BA2'),
    component('BA2', { recycledAtMs: madeMs + 5 * day }),
  ],
}
