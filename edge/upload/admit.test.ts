import { describe, expect, test } from 'vitest'
import { testLimits } from '../testing/memory-edge.ts'
import { admit, bearerToken } from './admit.ts'

const protobuf = 'application/x-protobuf'
const admitted = (headers: Record<string, string>) =>
  admit(new Headers({ 'content-type': protobuf, ...headers }), testLimits)

describe('content type', () => {
  test.each([
    protobuf,
    'application/protobuf',
    'APPLICATION/X-PROTOBUF',
    'application/x-protobuf;v=1',
    'application/protobuf  ; v=1',
  ])('%s is taken', (type) => {
    expect(admitted({ 'content-type': type })).toEqual({ compression: undefined, contentLength: undefined })
  })

  test.each([
    ['application/x-protobufs', 'not understood: application/x-protobufs'],
    ['text/x;application/x-protobuf', 'not understood: text/x;application/x-protobuf'],
    ['application/y-protobuf', 'not understood: application/y-protobuf'],
    ['', 'the request names no content type'],
    ['t'.repeat(200), `not understood: ${'t'.repeat(100)}`],
  ])('%s is refused', (type, detail) => {
    const refusal = { refused: 'content_type_unsupported', detail, headers: { 'accept-post': protobuf } }
    expect(admitted({ 'content-type': type })).toEqual(refusal)
  })

  test('a request without one is refused', () => {
    expect(admit(new Headers(), testLimits)).toMatchObject({ detail: 'the request names no content type' })
  })
})

describe('content encoding', () => {
  test.each([
    ['', undefined],
    ['identity', undefined],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    [' GZIP ', 'gzip'],
    ['br', 'br'],
  ])('%j is %s', (encoding, compression) => {
    expect(admitted({ 'content-encoding': encoding })).toEqual({ compression, contentLength: undefined })
  })

  test('is trimmed, whoever made the headers', () => {
    const headers = { get: (name: string) => (name === 'content-type' ? protobuf : '\tbr ') }
    expect(admit(headers as Headers, testLimits)).toMatchObject({ compression: 'br' })
  })

  test.each(['zstd', 'e'.repeat(200)])('%s is refused', (encoding) => {
    expect(admitted({ 'content-encoding': encoding })).toEqual({
      refused: 'content_encoding_unsupported',
      detail: `not understood: ${encoding.slice(0, 100)}`,
      headers: { 'accept-encoding': 'gzip, br, identity' },
    })
  })
})

describe('content length', () => {
  const limit = testLimits.compressedBytes

  test.each([
    ['0', 0],
    ['17', 17],
    [String(limit), limit],
    ['-1', undefined],
    ['1e3', undefined],
    ['x1', undefined],
    ['1x', undefined],
    ['9'.repeat(16), undefined],
  ])('%s is %s', (length, contentLength) => {
    expect(admitted({ 'content-length': length })).toEqual({ compression: undefined, contentLength })
  })

  test.each([String(limit + 1), '9'.repeat(15)])('%s is too much', (length) => {
    const detail = `the body has more than ${limit} bytes`
    expect(admitted({ 'content-length': length })).toEqual({ refused: 'compressed_too_large', detail, limit })
  })
})

test.each([
  ['Bearer abc', 'abc'],
  ['bearer   abc  ', 'abc'],
  ['Bearerabc', undefined],
  ['xBearer abc', undefined],
  ['Bearer abc def', undefined],
  ['Bearer ', undefined],
  ['Basic abc', undefined],
])('the token of %j is %s', (authorization, token) => {
  expect(bearerToken({ get: () => authorization } as unknown as Headers)).toBe(token)
})

test('without an authorization there is no token', () => {
  expect(bearerToken(new Headers())).toBeUndefined()
})
