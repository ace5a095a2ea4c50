// The service console, put together.
import './jsx-loader.ts'
import type { Service } from '../core/runtime/service.ts'
import type { ScopeOf } from '../core/services.ts'
import { createApi } from './api.ts'
import { createConsoleMetrics } from './metrics.ts'
import { createSealedCookies } from './sign-in/sealed-cookie.ts'

// Pages are .tsx, which Node loads only now.
const { createConsole } = await import('./app.tsx')
const { signIn } = await import('./sign-in/sign-in.tsx')

export function createService(scope: ScopeOf<'console'>): Service {
  const { config, log, stopping } = scope
  const [publicUrl, loginUrl] = [config.CONSOLE_URL, config.OIDC_ISSUER_URL]
  const session = signIn({
    ...{ publicUrl, issuerUrl: loginUrl, log, sessionSecret: config.CONSOLE_SESSION_SECRET },
    ...{ clientId: config.OIDC_CLIENT_ID, clientSecret: config.OIDC_CLIENT_SECRET, scope: config.OIDC_SCOPE },
  })
  const metrics = createConsoleMetrics()
  for (const registry of [metrics.registry, session.registry]) scope.expose(registry)
  const api = createApi({ url: config.API_URL, onTrouble: metrics.troubled })
  // Without it pages say so, each in the place of what is missing.
  scope.watch('API', api.ping, 'partly')
  const researchSession = createSealedCookies({
    ...{ name: 'research', secret: config.CONSOLE_SESSION_SECRET, isSecure: publicUrl.startsWith('https:') },
  })
  const { fetch } = createConsole({
    ...{ api, signIn: session, researchSession, publicUrl, loginUrl, metrics, stopping, log },
  })
  return { loops: [], fetch: (request) => fetch(request) }
}
