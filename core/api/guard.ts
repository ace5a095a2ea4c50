// Lets a request pass that has the role which its route's definition asks for.
import type { OpenAPIHono } from '@hono/zod-openapi'
import { createMiddleware } from 'hono/factory'
import { matchedRoutes } from 'hono/route'
import type { ApiEnv } from './port.ts'
import { problemResponse } from './problem.ts'
import { type Role, requiredRole } from './roles.ts'

export function createGuard(api: OpenAPIHono<ApiEnv>) {
  let roleOf: ReadonlyMap<string, Role | undefined> | undefined
  return createMiddleware<ApiEnv>(async (c, next) => {
    roleOf ??= rolesByRoute(api)
    const route = matchedRoutes(c).findLast(({ method }) => method !== 'ALL')
    const role = route && roleOf.get(`${route.method} ${route.path}`)
    if (role !== undefined && !c.var.caller.roles.has(role)) return problemResponse(roleMissing(role))
    return next()
  })
}

/** `{'GET /v1/fleet/bikes/:id' → 'read'}` */
function rolesByRoute(api: OpenAPIHono<ApiEnv>): Map<string, Role | undefined> {
  const routes = api.openAPIRegistry.definitions.flatMap((each) =>
    each.type === 'route' ? [each.route] : [],
  )
  return new Map(
    routes.map((route) => [
      `${route.method.toUpperCase()} ${route.path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      requiredRole(route),
    ]),
  )
}

const roleMissing = (role: Role) =>
  ({ reason: 'role_missing', detail: `your token does not have the role \`${role}\`` }) as const
