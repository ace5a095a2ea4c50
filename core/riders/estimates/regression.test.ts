import { expect, test } from 'vitest'
import { quantilesOfDraws, randomOf } from './draws.ts'
import { drawFrom, drawOf, learn, predict, quantilesOf, studentQuantile90 } from './regression.ts'

const prior = { mean: [1], sd: [0.5], noise: 0.5, degrees: 4, calibration: { below: 1, above: 1 } }

test('without rides the posterior is the prior', () => {
  const { mean, shape, rate } = learn(prior, [])
  expect([...mean, shape, rate].map((value) => Number(value.toFixed(9)))).toEqual([1, 2, 0.5])
})

test('prior and rides are weighed as in the textbook', () => {
  // P0 = 0.5² / 0.5² = 1, so prior and one ride of weight 1 meet in the middle: m = 2, A = 2,
  // a = 2.5, b = 0.5 + ½(1·1² + 3² - 2²·2) = 1.5.
  const { mean, spread, shape, rate } = learn(prior, [{ x: [1], y: 3, weight: 1 }])
  const rounded = [mean[0] as number, spread.get(0, 0), shape, rate].map((value) => Number(value.toFixed(9)))
  expect(rounded).toEqual([2, 0.5, 2.5, 1.5])
})

test('the scale of a prediction holds the noise of the ride and what is not known of θ', () => {
  const { centre, scale, degrees } = predict(learn(prior, [{ x: [1], y: 3, weight: 1 }]), [1], 2)
  // √(b/a · (1/w + xᵀA⁻¹x)) = √(0.6 · (0.5 + 0.5))
  expect(centre).toBeCloseTo(2, 12)
  expect(degrees).toBe(5)
  expect(scale).toBeCloseTo(Math.sqrt(0.6), 12)
})

test('a ride of weight 3 counts as three alike', () => {
  const random = randomOf('weights')
  const once = Array.from({ length: 50 }, () => ({ x: [1, random.next()], y: random.next(), weight: 3 }))
  const thrice = once.flatMap((one) => Array(3).fill({ ...one, weight: 1 }))
  const wide = { ...prior, mean: [0, 0], sd: [1, 1] }
  const [left, right] = [learn(wide, once), learn(wide, thrice)]
  expect([...left.mean, left.shape, left.rate].map((value) => value.toFixed(9))).toEqual(
    [...right.mean, right.shape, right.rate].map((value) => value.toFixed(9)),
  )
})

test('many rides outweigh the prior and find slope and noise', () => {
  const random = randomOf('many rides')
  const observations = Array.from({ length: 2_000 }, () => {
    const x = random.next()
    return { x: [1, x], y: 2 - 3 * x + 0.1 * random.normal(), weight: 1 }
  })
  const { mean, shape, rate } = learn({ ...prior, mean: [0, 0], sd: [1, 1] }, observations)
  expect(mean[0]).toBeCloseTo(2, 1)
  expect(mean[1]).toBeCloseTo(-3, 1)
  expect(Math.sqrt(rate / shape)).toBeCloseTo(0.1, 1)
})

test.each([
  [1, 3.0777],
  [4, 1.5332],
  [10, 1.3722],
  [1_000, 1.2824],
])("Student's t with %d degrees of freedom has its 90th percentile at %d", (degrees, quantile) => {
  expect(studentQuantile90(degrees)).toBeCloseTo(quantile, 4)
})

test('draws of θ and noise lie as the prediction says, calibration included', () => {
  const calibration = { below: 0.9, above: 1.2 }
  const posterior = learn({ ...prior, calibration }, [{ x: [1], y: 3, weight: 1 }])
  const prediction = predict(posterior, [1])
  const random = randomOf('draws')
  const next = drawFrom(posterior, random)
  const joint = Array.from({ length: 40_000 }, () => {
    const { deviation, noise } = next()
    const off = (deviation[0] as number) + noise * random.normal()
    return Math.exp(prediction.centre + off * (off < 0 ? calibration.below : calibration.above))
  })
  const single = Array.from({ length: 40_000 }, () => Math.exp(drawOf(prediction, random)))
  const { p10, p50, p90 } = quantilesOf(prediction)
  for (const drawn of [quantilesOfDraws(joint, 4), quantilesOfDraws(single, 4)]) {
    expect(drawn.p10 / p10).toBeCloseTo(1, 1)
    expect(drawn.p50 / p50).toBeCloseTo(1, 1)
    expect(drawn.p90 / p90).toBeCloseTo(1, 1)
  }
})
