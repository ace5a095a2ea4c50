// How routes are made: each is one definition, which parses requests, types answers and is the contract.
import { OpenAPIHono } from '@hono/zod-openapi'
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import type { ApiEnv } from './port.ts'
import { invalid, problemResponse } from './problem.ts'

/** Every fault of a request is named. */
export function createRoutes(): OpenAPIHono<ApiEnv> {
  return new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => (result.success ? undefined : problemResponse(invalid(result.error))),
  })
}

/** A body is JSON, whatever its Content-Type says or if it has none, and bounded. */
export const jsonBody = (maxSize: number, what: string) => [
  bodyLimit({
    maxSize,
    onError: () =>
      problemResponse({
        reason: 'body_too_large',
        detail: `${what} takes at most ${maxSize.toLocaleString('en')} bytes`,
      }),
  }),
  createMiddleware<ApiEnv>((c, next) => {
    c.req.raw.headers.set('content-type', 'application/json')
    return next()
  }),
]
