// Requests whose head is not as it should be, and whole requests that are no HTTP. Pure.
import type { Random } from '../../simulator/index.ts'
import { noise } from './mutations.ts'

export interface Head {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

/** `authorization` is for the sender to add, where the head has none. */
export const soundHead: Head = {
  method: 'POST',
  path: '/v1/telemetry',
  headers: { 'content-type': 'application/x-protobuf' },
}

/** What HTTP lets a header hold, beside what it should hold. */
const longest = 4_000
const text = (random: Random) =>
  Array.from({ length: random.integer(0, random.chance(0.05) ? longest : 60) }, () =>
    String.fromCharCode(random.chance(0.9) ? random.integer(0x20, 0x7e) : random.integer(0x80, 0xff)),
  ).join('')

const names = [
  ...[
    'authorization',
    'content-type',
    'content-encoding',
    'accept',
    'accept-encoding',
    'x-forwarded-for',
    'date',
  ],
  ...[
    'forwarded',
    'x-request-id',
    'traceparent',
    'cookie',
    'if-none-match',
    'range',
    'origin',
    'upgrade-insecure',
  ],
]
const tokens = [
  '',
  'Bearer',
  'Bearer ',
  'Bearer x',
  'Basic dTpw',
  'bearer a.b.c',
  'Bearer e30.e30.',
  'Bearer eyJhbGciOiJub25lIn0.e30.',
]
const types = [
  '',
  'application/json',
  'application/protobuf; charset=x',
  'text/plain',
  'application/x-protobuf;',
  'multipart/form-data',
]
const methods = ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'PROPFIND', 'M-SEARCH']
const paths = [
  ...[
    '/',
    '/v1',
    '/v1/telemetry/',
    '/v1//telemetry',
    '/V1/TELEMETRY',
    '/v1/telemetry?x=%00',
    '/v1/telemetry#x',
  ],
  ...[
    '/..%2f..%2fetc/passwd',
    '/internal/v1/tracks',
    '/%',
    '/%ff%fe',
    '/v1/telemetry;x',
    '/healthz',
    '/openapi.json',
    '*',
  ],
]

export function badHead(random: Random): Head {
  const withHeader = (name: string, value: string): Head => ({
    ...soundHead,
    headers: { ...soundHead.headers, [name]: value },
  })
  const ways = [
    () => withHeader(random.pick(names), text(random).trim()),
    () => withHeader('authorization', random.pick(tokens)),
    () =>
      withHeader(
        'authorization',
        `Bearer ${Buffer.from(noise(random)).toString('base64url').repeat(random.integer(1, 600))}`,
      ),
    () => withHeader('content-type', random.pick(types)),
    () => withHeader('expect', random.pick(['100-continue', 'x'])),
    () => ({ ...soundHead, method: random.pick(methods) }),
    () => ({ ...soundHead, path: random.pick(paths) }),
    () => ({ method: random.pick(methods), path: random.pick(paths), headers: {} }),
  ]
  return random.pick(ways)()
}

const crlf = '\r\n'

/** Bytes for the bare connection: lengths that lie, chunks that are none, lines without end. */
export function bareRequest(body: Uint8Array, random: Random): Uint8Array {
  const start = ['POST /v1/telemetry HTTP/1.1', 'Host: edge', 'Content-Type: application/x-protobuf']
  const request = (headers: readonly string[], content: Uint8Array | string = body) =>
    Buffer.concat([Buffer.from([...start, ...headers, '', ''].join(crlf), 'latin1'), Buffer.from(content)])
  const chunked = 'Transfer-Encoding: chunked'
  const ways = [
    () => request([`Content-Length: ${body.length + random.integer(1, 1_000)}`]),
    () => request([`Content-Length: ${Math.max(0, body.length - random.integer(1, 20))}`]),
    () =>
      request([`Content-Length: ${random.pick(['-1', '1e3', '0x10', '99999999999999999999', '', '5, 6'])}`]),
    () => request([chunked], 'zz\r\nhello\r\n0\r\n\r\n'),
    () => request([chunked], 'fffffffffffffff\r\nhello'),
    () => request([chunked], `5;${'x'.repeat(20_000)}\r\nhello\r\n0\r\n\r\n`),
    () => request([chunked, `Content-Length: ${body.length}`]),
    () => request(['Transfer-Encoding: gzip', 'Content-Length: 0']),
    () => request([`X: ${'a'.repeat(random.integer(10_000, 40_000))}`]),
    () => request(['X: a\0b', 'Content-Length: 0']),
    () => request(Array.from({ length: 3_000 }, (_, i) => `X-${i}: 1`)),
    () => Buffer.from('POST /v1/telemetry HTTP/9.9\r\n\r\n'),
    () => Buffer.from('POST /v1/telemetry\n\n'),
    () => Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), noise(random)]),
    () => Buffer.concat(Array.from({ length: 20 }, () => Buffer.from(noise(random)))),
  ]
  return new Uint8Array(random.pick(ways)())
}
