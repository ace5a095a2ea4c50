import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { methodsAt } from './methods.ts'

const bikes = new Hono().get('/:id/commands', (c) => c.text('')).post('/:id/commands', (c) => c.text(''))
const { routes } = new Hono()
  .use('/v1/*', (_, next) => next())
  .get('/healthz', (c) => c.text('ok'))
  .route('/v1/bikes', bikes)

test.each([
  ['/healthz', ['GET', 'HEAD']],
  ['/v1/bikes/b1/commands', ['GET', 'HEAD', 'POST']],
  ['/v1/bikes//commands', []],
  ['/v1/bikes/b1', []],
  ['/v1/bikes/b1/commands/c1', []],
])('%s takes %o', (path, methods) => {
  expect(methodsAt(routes, path)).toEqual(methods)
})
