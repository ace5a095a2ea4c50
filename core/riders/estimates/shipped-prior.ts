// The population prior that the project ships, for installations whose riders have not made one yet.
import type { Prior } from './port.ts'

const uncalibrated = { below: 1, above: 1 }

export const shippedPrior: Prior = {
  version: 'simulator-2026-11-30',
  origin:
    'Energy and typical rides: 1,200 rides of the simulated riders 0 to 29 of bench/estimates/frozen, by fitPrior; no real rider. ' +
    'Moving time: set from engineering, widened once after a look at 24 recorded rides of four riders. ' +
    'Standing time: set from engineering.',
  energy: {
    mean: [0.156, -0.0769, -0.0089, -0.1871, -0.1543, 0.0547, 0, 0, 0, 0, 0],
    sd: [0.1331, 0.06, 0.04, 0.1, 0.05, 0.05, 0.1, 0.1, 0.1, 0.1, 0.1],
    noise: 0.089,
    degrees: 4,
    calibration: { below: 1.0748, above: 0.7267 },
  },
  moving: {
    mean: [Math.log(3_600 / 16.5), -0.12, 0.006, -0.004, 0.01, 0, 0, 0, 0, 0],
    sd: [Math.hypot(0.15, 0.06), 0.06, 0.005, 0.004, 0.015, 0.04, 0.04, 0.04, 0.04, 0.04],
    noise: 0.09,
    degrees: 4,
    calibration: uncalibrated,
  },
  standing: {
    mean: [Math.log(0.18)],
    sd: [0.4],
    noise: 0.5,
    degrees: 4,
    calibration: uncalibrated,
  },
  typical: { speedMs: 5.965, stopsPerKm: 0.869, climbMPerKm: 3.178, rideKm: 12.59 },
}
