// The component types and models of the simulated makers, and who makes and mends what.
import type { Random } from '../random.ts'
import { withLuhn, withMod3736 } from './check-digits.ts'
import type { Slot, StatementContents } from './statement.ts'

interface TypeRow {
  readonly definition: StatementContents['componentTypeDefined']
  readonly plants: readonly string[]
  readonly hardwareRevisions: readonly string[]
  readonly firmwareRevisions: readonly string[]
  /** `n` tells one component from all others of the type. */
  serialNumber(n: number, random: Random): string
}

const digits = (n: number, width: number) => String(n).padStart(width, '0')

/** In the order in which they are counted; "frame" is that of bikes. */
export const types = {
  frame: {
    definition: {
      type: 'frame',
      name: 'Frame',
      serialPattern: 'F[A-Z]{2}[0-9]{7}[0-9A-Z]',
      checkDigit: 'CHECK_DIGIT_MOD_37_36',
    },
    plants: ['zwolle', 'porto'],
    hardwareRevisions: ['-'],
    firmwareRevisions: ['-'],
    serialNumber: (n, random) => withMod3736(`F${random.pick(['ZW', 'PT'])}${digits(n, 7)}`),
  },
  battery: {
    definition: {
      type: 'battery',
      name: 'Battery 36 V, 500 Wh',
      serialPattern: 'BT[0-9]{2}[A-Z][0-9]{7}',
      checkDigit: 'CHECK_DIGIT_LUHN',
      firstFaultCode: 0x0400,
      lastFaultCode: 0x04ff,
    },
    plants: ['komarom', 'ningde'],
    hardwareRevisions: ['B1', 'B2'],
    firmwareRevisions: ['4.2', '4.3'],
    serialNumber: (n, random) => withLuhn(`BT25${random.pick(['K', 'N'])}${digits(n, 6)}`),
  },
  motor: {
    definition: {
      type: 'motor',
      name: 'Mid motor 250 W',
      serialPattern: 'M[0-9]{9}',
      checkDigit: 'CHECK_DIGIT_LUHN',
      firstFaultCode: 0x0300,
      lastFaultCode: 0x03ff,
    },
    plants: ['reutlingen'],
    hardwareRevisions: ['M3'],
    firmwareRevisions: ['1.9', '2.0'],
    serialNumber: (n) => withLuhn(`M${digits(n, 8)}`),
  },
  display: {
    definition: {
      type: 'display',
      name: 'Display',
      serialPattern: 'D-[0-9A-F]{8}',
      checkDigit: 'CHECK_DIGIT_NONE',
    },
    plants: ['reutlingen'],
    hardwareRevisions: ['D2'],
    firmwareRevisions: ['7'],
    serialNumber: (n) => `D-${n.toString(16).toUpperCase().padStart(8, '0')}`,
  },
} as const satisfies Record<string, TypeRow>

export type TypeName = keyof typeof types
export const partTypes = ['battery', 'motor', 'display'] as const satisfies readonly TypeName[]

const slots: readonly Slot[] = partTypes.map((type) => ({ slot: type, type, required: true }))

export const models = [
  { modelId: 'city-1', name: 'City 1', slots, producedFrom: '2024-01-01T00:00:00Z' },
  { modelId: 'tour-2', name: 'Tour 2', slots, producedFrom: '2024-06-01T00:00:00Z' },
] as const satisfies readonly StatementContents['bikeModelDefined'][]

export const oems = ['radwerk', 'velo-nord'] as const
export const workshops = ['berlin', 'lyon', 'utrecht'] as const
