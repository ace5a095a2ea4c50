// The insurer in Python that third parties copy, by the commands of the guide, on the whole platform.
import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { runShell, shellBlocks } from '../../../testkit/platform/guide.ts'
import { until } from '../../../testkit/platform/observe.ts'
import { openTestPlatform, type TestPlatform } from '../../../testkit/platform/platform.ts'
import { rideTrack } from '../../../testkit/platform/rides.ts'

const commands = shellBlocks('docs/third-parties.md', 'Try it: an insurer in Python')
let platform: TestPlatform
let folder: string

beforeAll(async () => {
  platform = await openTestPlatform({
    ...{ engines: inject('engines'), together: true, onProgress: () => undefined },
  })
  folder = await mkdtemp(join(tmpdir(), 'insurer-'))
})
afterAll(async () => {
  await platform?.close()
  if (folder !== undefined) await rm(folder, { recursive: true })
})

test('the guide for third parties works as it is written, up to the refusal', async () => {
  const rider = await platform.newRider({ bikes: 1 })
  const [bikeId = ''] = rider.bikeIds
  const startMs = Date.now() - 3_600_000
  await platform.upload(rider, [rideTrack({ bikeId, recorderId: randomUUID(), startMs, samples: 300 })])
  await until('the ride is found', async () => {
    const { rides } = (await platform.read(rider, '/v1/riders/me/rides')) as { rides: unknown[] }
    return rides.length === 1
  })

  expect(commands).toHaveLength(3)
  const shell = {
    ...(platform.env as Record<string, string>),
    RIDER: rider.riderId,
    BIKE: bikeId,
    DIR: folder,
  }
  const printed = await runShell(commands.join('\n'), shell)
  const [granted, listed, moved, written, followed, ...rest] = printed.split('\n')
  expect(granted).toContain(`bike ${bikeId}: rides and state until `)
  expect(listed).toMatch(/^[0-9a-f]{32} from \S+ until \S+: 1\.\d\d km are shown$/)
  expect(moved).toMatch(/^29\d(\.\d+)? s of movement are shown$/)
  expect(written).toBe(`${folder}/ride.gpx is written`)
  expect(await readFile(join(folder, 'ride.gpx'), 'utf8')).toMatch(/<trkpt[\s\S]*<\/gpx>\n$/)
  const refusal = /^403 grant_missing: the bike’s rider does not let you read it/
  expect([followed, rest[0]]).toEqual(['the follower ended with 3', 'state: position, ride'])
  expect(rest.slice(1)).toEqual([
    expect.stringMatching(refusal),
    expect.stringMatching(refusal),
    'the list ended with 3',
    '',
  ])
})
