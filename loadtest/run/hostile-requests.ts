// Requests that an edge must refuse, each with its documented answers: broken bodies, bombs, forged and foreign tokens.
import { randomBytes, randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip as gzipCallback } from 'node:zlib'
import { generateKeyPair, SignJWT } from 'jose'
import { encodeAttempt, type SealedUpload, sealUpload } from '../../client/index.ts'
import { limits } from '../../proto/index.ts'
import { attemptClock, createBike, createPhone, recordRide } from '../../simulator/index.ts'
import { type HostileRequest, type LoadRider, phoneOptions } from '../scenarios/plan.ts'

const gzip = promisify(gzipCallback)
const brotli = promisify(brotliCompress)
const protobuf = { 'content-type': 'application/x-protobuf' }

/** `outlaws` send them: other riders than those whose uploads must not suffer. `stranger` owns a bike of which they speak. */
export async function hostileRequests(
  outlaws: readonly LoadRider[],
  stranger: LoadRider,
): Promise<HostileRequest[]> {
  if (outlaws.length === 0) return []
  const bombs = await makeBombs()
  const requests = await Promise.all(outlaws.map((outlaw) => requestsOf(outlaw, { stranger, bombs })))
  return requests.flat()
}

interface Bombs {
  readonly gzip: Uint8Array
  readonly brotli: Uint8Array
}

/** Eight times the largest upload, in a few kilobytes. */
async function makeBombs(): Promise<Bombs> {
  const zeros = Buffer.alloc(8 * limits.decompressedBytes)
  const fast = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }
  return { gzip: await gzip(zeros), brotli: await brotli(zeros, fast) }
}

async function requestsOf(
  sender: LoadRider,
  { stranger, bombs }: { stranger: LoadRider; bombs: Bombs },
): Promise<HostileRequest[]> {
  const upload = await plain(uploadOf(sender))
  const foreign = await plain(uploadOf(stranger))
  const packed = await gzip(upload)
  const own = { ...protobuf, authorization: `Bearer ${sender.token}` }
  const anonymous = (authorization?: string) => ({ ...protobuf, ...(authorization && { authorization }) })
  const forged = await new SignJWT({ bikes: sender.bikes.map(({ bikeId }) => bikeId) })
    .setProtectedHeader({ alg: 'ES256', kid: 'forged' })
    .setSubject(sender.riderId)
    .setExpirationTime('1h')
    .sign((await generateKeyPair('ES256')).privateKey)
  const coded = (encoding: string) => ({ ...own, 'content-encoding': encoding })
  return [
    request('noise', own, { body: randomBytes(2_000), expected: [400] }),
    request('nothing', own, { body: new Uint8Array(0), expected: [400] }),
    request('cut upload', own, { body: upload.subarray(0, upload.length / 2), expected: [400] }),
    request('tracks of noise', own, { body: await plain(noiseTracks()), expected: [400] }),
    request('cut gzip', coded('gzip'), { body: packed.subarray(0, packed.length / 2), expected: [400] }),
    request('no gzip', coded('gzip'), { body: upload, expected: [400] }),
    request('oversized', own, { body: randomBytes(limits.compressedBytes + 100_000), expected: [413] }),
    request('gzip bomb', coded('gzip'), { body: bombs.gzip, expected: [413] }),
    request('Brotli bomb', coded('br'), { body: bombs.brotli, expected: [413] }),
    request('unknown coding', coded('deflate'), { body: packed, expected: [415] }),
    request('JSON', { ...own, 'content-type': 'application/json' }, { body: upload, expected: [415] }),
    request('no token', anonymous(), { body: upload, expected: [401] }),
    request('no JWT', anonymous('Bearer x.y.z'), { body: upload, expected: [401] }),
    request('forged token', anonymous(`Bearer ${forged}`), { body: upload, expected: [401] }),
    request('foreign bike', own, { body: foreign, expected: [403] }),
  ]
}

function request(
  name: string,
  headers: HostileRequest['headers'],
  { body, expected }: { body: Uint8Array; expected: readonly number[] },
): HostileRequest {
  return { name, headers, expected, body: Buffer.from(body).toString('base64') }
}

function uploadOf({ bikes }: LoadRider): SealedUpload {
  const [bike] = bikes
  if (bike === undefined) throw new Error('a rider without a bike sends nothing')
  const ride = createBike(3, 0).ride({ startMs: Date.now() - 120_000, seconds: 60 })
  const recorder = { ...bike, phone: createPhone(phoneOptions) }
  return sealUpload({
    tracks: recordRide(ride, { recorder, chunkMs: 60_000 }).flatMap(({ tracks }) => tracks),
  })
}

function noiseTracks(): SealedUpload {
  const { uploadId } = uploadOf({
    riderId: '',
    token: '',
    address: '',
    bikes: [{ bikeId: randomUUID(), recorderId: randomUUID() }],
  })
  return { uploadId, tracks: [randomBytes(300), randomBytes(300)] }
}

async function plain(upload: SealedUpload): Promise<Uint8Array> {
  return (await encodeAttempt(upload, attemptClock(createPhone(phoneOptions), Date.now()))).body
}
