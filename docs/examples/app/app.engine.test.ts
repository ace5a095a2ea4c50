// The app in Python that developers copy, by the commands of the guide, on the whole platform.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { toStderr } from '../../../infra/local/index.ts'
import { pythonWith } from '../../../infra/local/python.ts'
import { runShell, shellBlocks } from '../../../testkit/platform/guide.ts'
import { until } from '../../../testkit/platform/observe.ts'
import { openTestPlatform, type TestPlatform } from '../../../testkit/platform/platform.ts'

const [install, ...commands] = shellBlocks('docs/upload-api.md', 'Try it in Python')
const [header = ''] = readFileSync(join(import.meta.dirname, 'ride.csv'), 'utf8').split('\n')
const columns = header.split(',')
let python: string
let platform: TestPlatform

beforeAll(async () => {
  const requirements = join(import.meta.dirname, 'requirements.txt')
  python = await pythonWith({ name: 'app', requirements, onProgress: toStderr })
  platform = await openTestPlatform({
    ...{ engines: inject('engines'), together: true, onProgress: () => undefined },
  })
})
afterAll(async () => platform?.close())

test('the guide for apps works as it is written: every sample is stored with the values of the file', async () => {
  const rider = await platform.newRider({ bikes: 1 })
  const [bikeId = ''] = rider.bikeIds
  const names = { PYTHON: python, RIDER: rider.riderId, BIKE: bikeId }
  expect(install).toContain('pip install')
  const printed = await runShell(commands.join('\n'), {
    ...(platform.env as Record<string, string>),
    ...names,
  })
  expect(printed).toMatch(/^[0-9a-f-]{36}: 10 samples accepted\n\{.*"search": ?\{/)
  const stored = async () => {
    const page = await platform.read(rider, `/v1/bikes/${bikeId}/telemetry?limit=20`)
    return (page as { samples: Record<string, unknown>[] }).samples
  }
  await until('searches show all samples', async () => (await stored()).length === 10)
  const values = (await stored())
    .map((sample) => Object.fromEntries(Object.entries(sample).filter(([name]) => columns.includes(name))))
    .reverse()
  expect(values[3]).toEqual({
    latitude_deg: 48.775962,
    longitude_deg: 9.182936,
    speed_kmh: 22.3,
    odometer_m: 1204018.4,
  })
  expect(values[4]).toEqual({ speed_kmh: 22, odometer_m: 1204024.55, altitude_m: 245.3 })
  expect(values[9]).toEqual({
    ...{ latitude_deg: 48.776286, longitude_deg: 9.183008, speed_kmh: 21.6 },
    ...{ odometer_m: 1204054.5, altitude_m: 245.6 },
  })
})
