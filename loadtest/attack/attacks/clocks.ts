// Attacks on what the platform believes of samples and their times.
import { randomUUID } from 'node:crypto'
import { sealUpload } from '../../../client/index.ts'
import { newModule } from '../../../testkit/platform/modules.ts'
import { booksOf, countDocuments, untilBooked } from '../../../testkit/platform/observe.ts'
import { rideTrack, rightClock } from '../../../testkit/platform/rides.ts'
import { type Attack, type AttackContext, falls, holds, mustWork } from '../attack-types.ts'

const samples = 10

/** The owner rides and uploads; resolves when the bike's samples are stored. */
async function ownerRides({ platform }: AttackContext, { withModule = false } = {}) {
  const rider = await platform.newRider({ bikes: 1 })
  const [bikeId = ''] = rider.bikeIds
  const module = withModule ? await newModule(platform, { bikeId, seed: 1 }) : undefined
  const ride = { bikeId, recorderId: randomUUID(), startMs: Date.now() - 600_000, samples }
  await platform.upload(rider, [rideTrack(ride)])
  await untilBooked(platform, rider, { books: { 'search stored': samples } })
  mustWork('the samples of an owner are stored', (await countDocuments(platform, rider)) === samples)
  return { rider, bikeId, deviceId: module?.identity.deviceId ?? '' }
}

const foreignBike: Attack = {
  name: 'samples-of-a-stranger',
  found: 'whoever knows the id of a bike uploads rides of it',
  run: async (context) => {
    const { platform } = context
    const { rider, bikeId } = await ownerRides(context)
    const stranger = await platform.newRider({ bikes: 1 })
    // The login service was careless, or the bike was the stranger's once: the token names the bike.
    const token = await context.token({ subject: stranger.riderId, bikes: [bikeId] })
    const track = rideTrack({ bikeId, recorderId: randomUUID(), startMs: Date.now() - 60_000, samples })
    await platform.send({ ...stranger, token }, sealUpload({ tracks: [track] }))
    await context.until('the upload of the stranger has come through', async () => {
      const books = await booksOf(platform, stranger)
      return (books['normalize quarantined'] ?? 0) + (books['search stored'] ?? 0) >= samples
    })
    const documents = await countDocuments(platform, rider)
    return documents === samples ? holds : falls(`${documents - samples} samples of a stranger are stored`)
  },
}

const clockOfAnother: Attack = {
  name: 'clock-of-another',
  found:
    "a sender who knew another's recorder id decided its clock, and sent a stranger's samples into quarantine for ever",
  run: async (context) => {
    const { platform } = context
    const { rider } = await ownerRides(context)
    const [bikeId = ''] = rider.bikeIds
    const recorderId = randomUUID()
    const attacker = await platform.newRider({ bikes: 1 })
    const [ownBike = ''] = attacker.bikeIds
    const clock = { ...rightClock, clockEpoch: 5 }
    const slow = { ...clock, bootedAtMs: Date.now() - 60_000, wrongByMs: -30 * 86_400_000 }
    const first = { bikeId: ownBike, recorderId, startMs: Date.now() - 20_000, samples, clock: slow }
    await platform.upload(attacker, [rideTrack(first)], slow)
    await context.until('the clock of the attacker is decided', async () => {
      const books = await booksOf(platform, attacker)
      return (books['normalize quarantined'] ?? 0) + (books['normalize clean'] ?? 0) >= samples
    })
    const second = { bikeId, recorderId, startMs: Date.now() - 300_000, samples, clock }
    await platform.upload(rider, [rideTrack(second)], clock)
    await context.until('the second ride of the owner has come through', async () => {
      const books = await booksOf(platform, rider)
      return (books['normalize quarantined'] ?? 0) + (books['search stored'] ?? 0) >= 2 * samples
    })
    const documents = await countDocuments(platform, rider)
    return documents === 2 * samples
      ? holds
      : falls(`${2 * samples - documents} samples of the owner wait for ever`)
  },
}

const phoneAsModule: Attack = {
  name: 'phone-as-module',
  found:
    'a phone that named the module of its bike as its recorder spoke as the module, whose samples then were conflicts',
  run: async (context) => {
    const { platform } = context
    const { rider, bikeId, deviceId } = await ownerRides(context, { withModule: true })
    const named = { bikeId, recorderId: deviceId, startMs: Date.now() - 60_000, samples }
    await platform.upload(rider, [rideTrack(named)])
    await context.until('the upload in the name of the module has come through', async () => {
      const books = await booksOf(platform, rider)
      return (books['normalize quarantined'] ?? 0) + (books['search stored'] ?? 0) >= 2 * samples
    })
    const documents = await countDocuments(platform, rider)
    return documents === samples ? holds : falls(`${documents - samples} samples are stored as the module's`)
  },
}

export const clockAttacks: readonly Attack[] = [foreignBike, clockOfAnother, phoneAsModule]
