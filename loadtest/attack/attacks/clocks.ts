// Attacks on what the platform believes of samples and their times.
import { randomUUID } from 'node:crypto'
import { sealUpload } from '../../../client/index.ts'
import { booksOf, countDocuments, untilBooked } from '../../../testkit/platform/observe.ts'
import { rideTrack } from '../../../testkit/platform/rides.ts'
import { type Attack, type AttackContext, falls, holds, mustWork } from '../attack-types.ts'

const samples = 10

/** The owner rides and uploads; resolves when the bike's samples are stored. */
async function ownerRides({ platform }: AttackContext) {
  const rider = await platform.newRider({ bikes: 1 })
  const [bikeId = ''] = rider.bikeIds
  const ride = { bikeId, recorderId: randomUUID(), startMs: Date.now() - 600_000, samples }
  await platform.upload(rider, [rideTrack(ride)])
  await untilBooked(platform, rider, { books: { 'search stored': samples } })
  mustWork('the samples of an owner are stored', (await countDocuments(platform, rider)) === samples)
  return { rider, bikeId }
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

export const clockAttacks: readonly Attack[] = [foreignBike]
