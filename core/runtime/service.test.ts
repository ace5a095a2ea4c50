import { errors } from '@elastic/elasticsearch'
import { expect, test } from 'vitest'
import { errorFacts } from './service.ts'

const logged = (error: unknown) => JSON.stringify(errorFacts(error))

test('of an error are told its name, code, place and cause', () => {
  const cause = Object.assign(new RangeError('too far'), { code: 'ERANGE' })
  expect(errorFacts(new TypeError('no way', { cause }))).toMatchObject({
    ...{ type: 'TypeError', stack: expect.stringMatching(/TypeError: no way\n.*service\.test/) },
    cause: { type: 'RangeError', code: 'ERANGE', stack: expect.stringContaining('too far') },
  })
  expect(errorFacts('a word')).toBe('a word')
})

test('requests and rows that an error of an engine carries along are not told', () => {
  const request = {
    params: { method: 'POST', path: '/_bulk', body: '{"latitude_deg":53.35}' },
    options: {},
    id: 1,
  }
  const meta = { context: null, name: 'search', request, connection: null, attempts: 0, aborted: false }
  const refused = new errors.ResponseError({
    ...{ statusCode: 503, body: { error: { type: 'unavailable' } }, headers: {}, warnings: null, meta },
  } as ConstructorParameters<typeof errors.ResponseError>[0])
  const taken = Object.assign(new Error('duplicate key'), {
    code: '23505',
    detail: 'Key (rider_id)=(anna) exists',
  })
  expect(logged(refused)).toContain('503')
  expect(logged(refused)).not.toContain('53.35')
  expect(logged(new AggregateError([taken], 'twice'))).toContain('23505')
  expect(logged(new AggregateError([taken], 'twice'))).not.toContain('anna')
})
