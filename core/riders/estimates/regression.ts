// Bayesian linear regression with unknown noise: a normal-inverse-gamma prior (Gelman et al., Bayesian Data Analysis, chapter 14).
import { compiled, incbi } from 'cephes'
import { CholeskyDecomposition, Matrix } from 'ml-matrix'
import { drawGamma, type Random } from './draws.ts'
import type { Quantiles, RegressionPrior } from './port.ts'

await compiled

/** One ride: its features, the logarithm that was observed, and how many rides it counts for. */
export interface Observation {
  readonly x: readonly number[]
  readonly y: number
  readonly weight: number
}

export interface Posterior {
  readonly mean: readonly number[]
  /** A⁻¹: times the variance of the noise, the covariance of θ. */
  readonly spread: Matrix
  /** The variance of the noise is inverse-gamma of this shape and rate. */
  readonly shape: number
  readonly rate: number
  readonly calibration: RegressionPrior['calibration']
}

/** Student-t, of a logarithm. */
export interface Prediction {
  readonly centre: number
  readonly scale: number
  readonly degrees: number
  readonly calibration: RegressionPrior['calibration']
}

/** The posterior after `observations`, in the order given: sums of floating-point numbers depend on it. */
export function learn(prior: RegressionPrior, observations: readonly Observation[]): Posterior {
  const variance = prior.noise ** 2
  const precision = Matrix.diag(prior.sd.map((sd) => variance / sd ** 2))
  const priorMean = Matrix.columnVector([...prior.mean])
  const target = precision.mmul(priorMean)
  let shape = prior.degrees / 2
  let rate = shape * variance + quadratic(precision, priorMean) / 2
  for (const { y, weight } of observations) {
    rate += (weight * y * y) / 2
    shape += weight / 2
  }
  if (observations.length > 0) {
    // The root of the weight on both sides keeps the products symmetric to the last bit.
    const x = new Matrix(observations.map((one) => one.x.map((value) => value * Math.sqrt(one.weight))))
    const y = Matrix.columnVector(observations.map((one) => one.y * Math.sqrt(one.weight)))
    precision.add(x.transpose().mmul(x))
    target.add(x.transpose().mmul(y))
  }
  const spread = inverse(precision)
  const mean = spread.mmul(target)
  rate -= quadratic(precision, mean) / 2
  return {
    mean: mean.to1DArray(),
    spread,
    shape,
    // Rounding may leave nothing of it where rides are all alike.
    rate: Math.max(rate, 1e-9),
    calibration: prior.calibration,
  }
}

/** How the logarithm of one more ride with features `x` is distributed. */
export function predict(posterior: Posterior, x: readonly number[], weight = 1): Prediction {
  const { mean, spread, shape, rate, calibration } = posterior
  const variance = (rate / shape) * (1 / weight + quadratic(spread, Matrix.columnVector([...x])))
  return { centre: dot(mean, x), scale: Math.sqrt(variance), degrees: 2 * shape, calibration }
}

/** P10, P50 and P90 of what the logarithm stands for. Quantiles of a logarithm are exponentiated; means would not be. */
export function quantilesOf({ centre, scale, degrees, calibration }: Prediction): Quantiles {
  const reach = scale * studentQuantile90(degrees)
  return {
    p10: Math.exp(centre - calibration.below * reach),
    p50: Math.exp(centre),
    p90: Math.exp(centre + calibration.above * reach),
  }
}

/** The 90 % quantile of Student's t: 1.372 for 10 degrees of freedom. */
export function studentQuantile90(degrees: number): number {
  return Math.sqrt(degrees * (1 / incbi(degrees / 2, 0.5, 0.2) - 1))
}

/** Narrows or widens a deviation from the centre as the prior's riders demand. */
export function calibrated({ below, above }: RegressionPrior['calibration'], deviation: number): number {
  return deviation * (deviation < 0 ? below : above)
}

/** One draw of the logarithm. */
export function drawOf({ centre, scale, degrees, calibration }: Prediction, random: Random): number {
  const student = random.normal() * Math.sqrt(degrees / (2 * drawGamma(random, degrees / 2)))
  return centre + calibrated(calibration, scale * student)
}

/** One draw of θ, less its mean, and of the noise's standard deviation. */
export interface Drawn {
  readonly deviation: readonly number[]
  readonly noise: number
}

/** Draws from the posterior, all alike distributed and independent. */
export function drawFrom(posterior: Posterior, random: Random): () => Drawn {
  const root = new CholeskyDecomposition(posterior.spread).lowerTriangularMatrix.to2DArray()
  return () => {
    const noise = Math.sqrt(posterior.rate / drawGamma(random, posterior.shape))
    const normals = root.map(() => random.normal())
    return { noise, deviation: root.map((row) => noise * dot(row, normals)) }
  }
}

export function dot(left: readonly number[], right: readonly number[]): number {
  let sum = 0
  for (let i = 0; i < left.length; i++) sum += (left[i] as number) * (right[i] as number)
  return sum
}

function quadratic(matrix: Matrix, column: Matrix): number {
  return column.transpose().mmul(matrix).mmul(column).get(0, 0)
}

/** Of a symmetric matrix; rounding leaves it symmetric. */
function inverse(matrix: Matrix): Matrix {
  const result = new CholeskyDecomposition(matrix).solve(Matrix.eye(matrix.rows))
  return Matrix.add(result, result.transpose()).mul(0.5)
}
