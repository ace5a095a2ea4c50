// The checks that need only the request's head, cheapest first.
import type { Compression, EdgeLimits } from '../ports.ts'
import type { Refusal } from '../problem.ts'

export interface Admission {
  /** Undefined: the body is not compressed. */
  readonly compression: Compression | undefined
  /** Undefined: the body comes in chunks. */
  readonly contentLength: number | undefined
}

const encodings = new Map<string, Compression | undefined>([
  ['', undefined],
  ['identity', undefined],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['br', 'br'],
])

/** `content-type: application/x-protobuf`, `content-encoding: br`, `content-length: 1700` → `{ compression: 'br', contentLength: 1700 }` */
export function admit(headers: Headers, limits: EdgeLimits): Admission | Refusal {
  const type = headers.get('content-type') ?? ''
  if (!isProtobuf(type)) {
    return {
      refused: 'content_type_unsupported',
      detail: type === '' ? 'the request names no content type' : `not understood: ${type.slice(0, 100)}`,
      headers: { 'accept-post': 'application/x-protobuf' },
    }
  }
  const encoding = (headers.get('content-encoding') ?? '').trim().toLowerCase()
  if (!encodings.has(encoding)) {
    return {
      refused: 'content_encoding_unsupported',
      detail: `not understood: ${encoding.slice(0, 100)}`,
      headers: { 'accept-encoding': 'gzip, br, identity' },
    }
  }
  const length = headers.get('content-length')
  const contentLength = length !== null && /^\d{1,15}$/.test(length) ? Number(length) : undefined
  if (contentLength !== undefined && contentLength > limits.compressedBytes) {
    return tooLarge(limits.compressedBytes)
  }
  return { compression: encodings.get(encoding), contentLength }
}

export function tooLarge(limit: number): Refusal {
  return { refused: 'compressed_too_large', detail: `the body has more than ${limit} bytes`, limit }
}

function isProtobuf(type: string): boolean {
  return type === 'application/x-protobuf' || /^application\/(x-)?protobuf\s*(;|$)/i.test(type)
}

/** `authorization: Bearer eyJhbG…` → `eyJhbG…`; undefined when there is none. */
export function bearerToken(headers: Headers): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(headers.get('authorization') ?? '')?.[1]
}
