// The settings of a bike that its owner may wish for: a closed list with units and ranges.
import { z } from 'zod'

const lightModes = ['off', 'on', 'auto'] as const
const speedUnits = ['kmh', 'mph'] as const

/** A setting that is absent is the bike's own default. */
export const settingsValues = z.strictObject({
  assistLevel: z
    .int()
    .min(0)
    .max(20)
    .optional()
    .describe('Level of assistance after power-on; 0 is none. A bike with fewer levels takes its highest.'),
  maxAssistW: z.int().min(50).max(1_000).optional().describe('Most power of the motor, W.'),
  lightMode: z.enum(lightModes).optional().describe('`auto` is by the light outside.'),
  speedUnit: z.enum(speedUnits).optional().describe('Of the display.'),
  wheelMm: z.int().min(500).max(3_000).optional().describe('Circumference of the wheel, mm.'),
  massKg: z
    .int()
    .min(30)
    .max(400)
    .optional()
    .describe('Rider, bike and luggage together, kg. Estimates use it where a question names no mass.'),
})
export type SettingsValues = Readonly<z.output<typeof settingsValues>>
