// How researchers come in. Nobody needs a token for the ceremonies: an invitation or a hardware key says who asks. Notebooks come in
// by the device authorization of RFC 8628, in its words.
import { createRoute } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { z } from 'zod'
import { type AccessRefusal, deviceErrors, type ResearchAccess } from '../../research/access/port.ts'
import type { ApiMetrics } from '../metrics.ts'
import type { ApiEnv } from '../port.ts'
import { type Problem, problemResponse, refusals } from '../problem.ts'
import { anyObject, count, iso, isoOrNull, json, list, text, time, uuid } from '../request.ts'
import { createRoutes, formBody, jsonBody } from '../routes.ts'

export const researchAccessPath = '/v1/research/access/'

const base64url = (maxChars: number) =>
  z
    .string()
    .regex(/^[\w-]+$/, 'takes base64url')
    .max(maxChars)
const clientDataJSON = base64url(8_192)
const keyAnswer = { id: base64url(1_400), type: z.literal('public-key') }
const registrationAnswer = z.object({
  ...keyAnswer,
  response: z.object({ clientDataJSON, attestationObject: base64url(48_000) }),
})
const signInAnswer = z.object({
  ...keyAnswer,
  response: z.object({ clientDataJSON, authenticatorData: base64url(8_192), signature: base64url(8_192) }),
})

const answersOfKeys = 'As browsers give it by `toJSON()`.'
const options = anyObject.describe(
  'For `navigator.credentials`, by `parse…OptionsFromJSON`; good for 5 minutes.',
)
const researcher = { researcherId: uuid, name: z.string() }
const keyBody = jsonBody(65_536, 'an answer of a key')
const touch = {
  body: { required: true, ...json(z.object({ answer: signInAnswer.describe(answersOfKeys) })) },
} as const
const bodyFaults = ['body_too_large', 'body_timeout'] as const
const touchFaults = [
  ...([...bodyFaults, 'research_closed', 'challenge_refused', 'key_unknown', 'origin_foreign'] as const),
  ...(['key_answer_invalid', 'user_not_verified', 'counter_back'] as const),
] as const
/** No token opens them, so none is asked for. */
const open = { security: [] }
const ofSession = { security: [{ researcher: [] }] }

const beginRegistration = createRoute({
  ...{
    method: 'post',
    path: `${researchAccessPath}registrations/options`,
    operationId: 'beginKeyRegistration',
  },
  ...open,
  summary: 'Begin to register a hardware key, with the code of an invitation',
  middleware: jsonBody(4_096, 'an invitation'),
  request: {
    body: {
      required: true,
      ...json(z.strictObject({ code: text({ max: 64 }).describe('`K7QM-0000-ABCD-WXYZ`') })),
    },
  },
  responses: {
    200: {
      description: 'For the browser in which the key is.',
      ...json(z.object({ ...researcher, options })),
    },
    ...refusals(...bodyFaults, 'research_closed', 'invitation_refused', 'too_many_ceremonies'),
  },
})

const registerKey = createRoute({
  ...{ method: 'post', path: `${researchAccessPath}registrations`, operationId: 'registerKey' },
  ...open,
  summary: 'Register the key that was touched',
  description:
    'Of a model on the operator’s list, by the word of its maker; with a PIN or a fingerprint; not synced. It uses the invitation up.',
  middleware: keyBody,
  request: {
    body: { required: true, ...json(z.object({ answer: registrationAnswer.describe(answersOfKeys) })) },
  },
  responses: {
    201: { description: 'The key opens sessions from now on.', ...json(z.object(researcher)) },
    ...refusals(
      ...([...bodyFaults, 'research_closed', 'challenge_refused', 'invitation_refused'] as const),
      ...(['origin_foreign', 'attestation_missing', 'model_unlisted', 'attestation_untrusted'] as const),
      ...(['key_answer_invalid', 'user_not_verified', 'key_synced', 'key_known'] as const),
    ),
  },
})

const beginSignIn = createRoute({
  ...{ method: 'post', path: `${researchAccessPath}sign-ins/options`, operationId: 'beginResearchSignIn' },
  ...open,
  summary: 'Begin to sign in with a registered key',
  responses: {
    200: { description: 'For the browser in which the key is.', ...json(z.object({ options })) },
    ...refusals('research_closed', 'too_many_ceremonies'),
  },
})

const signIn = createRoute({
  ...{ method: 'post', path: `${researchAccessPath}sign-ins`, operationId: 'signInResearcher' },
  ...open,
  summary: 'Sign in with the key that was touched',
  middleware: keyBody,
  request: touch,
  responses: {
    201: {
      description: 'A session of eight hours.',
      ...json(z.object({ ...researcher, token: z.string().describe('Told this once.'), lastsS: count })),
    },
    ...refusals(...touchFaults),
  },
})

const clientId = z
  .string()
  .regex(/^[\w .-]{1,64}$/, 'takes 1 to 64 letters, digits, spaces, points, lines')
  .describe('As what the notebook describes itself: it is shown to who approves.')

const authorizeDevice = createRoute({
  ...{ method: 'post', path: `${researchAccessPath}device_authorization`, operationId: 'authorizeDevice' },
  ...open,
  summary: 'Begin to authorize a notebook (RFC 8628, section 3.1)',
  middleware: formBody(4_096, 'a notebook'),
  request: {
    body: {
      required: true,
      content: { 'application/x-www-form-urlencoded': { schema: z.object({ client_id: clientId }) } },
    },
  },
  responses: {
    200: {
      description: 'The notebook shows `user_code` and the address, and asks for its token meanwhile.',
      ...json(
        z.object({
          device_code: z.string(),
          user_code: z.string(),
          verification_uri: z.url(),
          verification_uri_complete: z.url(),
          expires_in: count,
          interval: count,
        }),
      ),
    },
    ...refusals(...bodyFaults, 'research_closed', 'too_many_ceremonies'),
  },
})

const grantType = 'urn:ietf:params:oauth:grant-type:device_code'
const pollErrors = {
  authorization_pending: 'nobody has touched a key for it yet',
  slow_down: 'wait five seconds more from now on',
  expired_token: 'nobody touched a key in time: begin anew',
  invalid_grant: 'there is no such device code, or it has given its token',
} as const satisfies Record<(typeof deviceErrors)[number], string>

const pollToken = createRoute({
  ...{ method: 'post', path: `${researchAccessPath}token`, operationId: 'pollDeviceToken' },
  ...open,
  summary: 'The token of a notebook, once it is approved (RFC 8628, section 3.4)',
  middleware: formBody(4_096, 'a question for a token'),
  request: {
    body: {
      required: true,
      content: {
        'application/x-www-form-urlencoded': {
          schema: z.object({
            grant_type: z.literal(grantType),
            device_code: text({ max: 128 }),
            client_id: clientId,
          }),
        },
      },
    },
  },
  responses: {
    ...refusals(...bodyFaults),
    200: {
      description: 'A token of 15 minutes.',
      ...json(z.object({ access_token: z.string(), token_type: z.literal('Bearer'), expires_in: count })),
    },
    400: {
      description: `${Object.entries(pollErrors)
        .map(([error, words]) => `\`${error}\`: ${words}.`)
        .join(' ')} Or the request has faults (\`application/problem+json\`).`,
      content: {
        ...json(z.object({ error: z.enum(deviceErrors), error_description: z.string() })).content,
        ...refusals()[400].content,
      },
    },
  },
})

const beginApproval = createRoute({
  ...{ method: 'post', path: `${researchAccessPath}approvals/options`, operationId: 'beginDeviceApproval' },
  ...open,
  summary: 'Begin to approve a notebook, with the code that it shows',
  middleware: jsonBody(4_096, 'a code'),
  request: {
    body: {
      required: true,
      ...json(z.strictObject({ userCode: text({ max: 64 }).describe('`K7QM-0000`') })),
    },
  },
  responses: {
    200: {
      description: 'Which notebook asked, and for the browser in which the key is.',
      ...json(z.object({ clientId: z.string(), askedAt: time, options })),
    },
    ...refusals(...bodyFaults, 'research_closed', 'device_refused', 'too_many_ceremonies'),
  },
})

const approveDevice = createRoute({
  ...{ method: 'post', path: `${researchAccessPath}approvals`, operationId: 'approveDevice' },
  ...open,
  summary: 'Approve the notebook for which the key was touched',
  middleware: keyBody,
  request: touch,
  responses: {
    200: { description: 'The notebook gets its token.', ...json(z.object(researcher)) },
    ...refusals(...touchFaults, 'device_refused'),
  },
})

const readOwnAccess = createRoute({
  ...{ method: 'get', path: `${researchAccessPath}me`, operationId: 'readResearcher' },
  ...ofSession,
  summary: 'The caller’s keys, and sessions that have not ended',
  responses: {
    200: {
      description: 'The newest first.',
      ...json(
        z.object({
          ...researcher,
          keys: list(
            z.object({
              keyId: uuid,
              model: z.string(),
              registeredAt: time,
              usedAt: time.nullable(),
              revokedAt: time.nullable(),
            }),
          ),
          sessions: list(
            z.object({
              sessionId: uuid,
              kind: z.enum(['console', 'notebook']),
              beganAt: time,
              endsAt: time,
              isThisOne: z.boolean(),
            }),
          ),
        }),
      ),
    },
    ...refusals(),
  },
})

const endSession = createRoute({
  ...{
    method: 'delete',
    path: `${researchAccessPath}me/sessions/{sessionId}`,
    operationId: 'endResearchSession',
  },
  ...ofSession,
  summary: 'End a session of the caller’s: sign out, or end a notebook’s',
  request: { params: z.object({ sessionId: uuid }) },
  responses: { 204: { description: 'Its token opens nothing any more.' }, ...refusals('not_found') },
})

const revokeKey = createRoute({
  ...{ method: 'delete', path: `${researchAccessPath}me/keys/{keyId}`, operationId: 'revokeResearchKey' },
  ...ofSession,
  summary: 'Revoke a key of the caller’s that is lost, with its sessions',
  request: { params: z.object({ keyId: uuid }) },
  responses: { 204: { description: 'The key opens nothing any more.' }, ...refusals('not_found') },
})

const details = {
  research_closed: 'the operator has not set `RESEARCH_URL`',
  invitation_refused: 'it is unknown, used, or too old: ask who invited you for another one',
  challenge_refused: 'load the page again and touch the key once more, within five minutes',
  origin_foreign: 'touch the key on the pages of this platform, and look at their address',
  attestation_missing:
    'the key, or the browser, does not tell who made the key: allow it, or take a hardware key',
  model_unlisted: 'ask the operator which keys are taken',
  attestation_untrusted: 'ask the operator which keys are taken',
  key_answer_invalid: 'the answer was damaged or changed on its way: try again',
  user_not_verified: 'set a PIN for the key, and enter it when you are asked',
  key_synced: 'a passkey of a phone or a password manager is no hardware key',
  key_known: 'sign in with it, or register another one',
  key_unknown: 'it was never registered here, or was revoked: take another one, or ask for an invitation',
  counter_back: 'the key has counted fewer uses than are known here: tell the operator, and take another one',
  device_refused: 'it is unknown, approved, or older than ten minutes: begin anew in the notebook',
  too_many_ceremonies: 'try again in some minutes',
} as const satisfies Record<AccessRefusal, string>

const refused = <R extends AccessRefusal>(reason: R) => problemResponse({ reason, detail: details[reason] })

const bearer = (c: Context<ApiEnv>) => /^Bearer +(rs_[\w-]+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
const noSession: Problem<'token_invalid'> = {
  reason: 'token_invalid',
  detail: 'the session has ended: sign in with your key',
}
const noneOfYours: Problem<'not_found'> = { reason: 'not_found', detail: 'you have none of that id' }

export interface ResearchAccessDeps {
  readonly researchers: ResearchAccess
  readonly metrics: Pick<ApiMetrics, 'polled'>
}

export function researchAccessRoutes({ researchers, metrics }: ResearchAccessDeps) {
  const routes = createRoutes()

  routes.openapi(beginRegistration, async (c) => {
    const begun = await researchers.beginRegistration(c.req.valid('json').code)
    return 'refused' in begun ? refused(begun.refused) : c.json(begun, 200)
  })
  routes.openapi(registerKey, async (c) => {
    const registered = await researchers.register(c.req.valid('json').answer)
    return 'refused' in registered ? refused(registered.refused) : c.json(registered, 201)
  })
  routes.openapi(beginSignIn, async (c) => {
    const begun = await researchers.beginSignIn()
    return 'refused' in begun ? refused(begun.refused) : c.json(begun, 200)
  })
  routes.openapi(signIn, async (c) => {
    const signedIn = await researchers.signIn(c.req.valid('json').answer)
    return 'refused' in signedIn ? refused(signedIn.refused) : c.json(signedIn, 201)
  })
  routes.openapi(beginApproval, async (c) => {
    const begun = await researchers.beginApproval(c.req.valid('json').userCode)
    if ('refused' in begun) return refused(begun.refused)
    const { askedAtMs, ...rest } = begun
    return c.json({ ...rest, askedAt: iso(askedAtMs) }, 200)
  })
  routes.openapi(approveDevice, async (c) => {
    const approved = await researchers.approve(c.req.valid('json').answer)
    return 'refused' in approved ? refused(approved.refused) : c.json(approved, 200)
  })

  routes.openapi(authorizeDevice, async (c) => {
    const begun = await researchers.authorizeDevice(c.req.valid('form').client_id)
    if ('refused' in begun) return refused(begun.refused)
    const { deviceCode, userCode, verificationUrl, lastsS, intervalS } = begun
    return c.json(
      {
        ...{ device_code: deviceCode, user_code: userCode, verification_uri: verificationUrl },
        verification_uri_complete: `${verificationUrl}?code=${userCode}`,
        ...{ expires_in: lastsS, interval: intervalS },
      },
      200,
    )
  })
  routes.openapi(pollToken, async (c) => {
    const polled = await researchers.pollDevice(c.req.valid('form').device_code)
    metrics.polled('error' in polled ? polled.error : 'granted')
    if ('error' in polled) {
      const { error } = polled
      return c.json({ error, error_description: pollErrors[error] }, 400)
    }
    const { token, lastsS } = polled
    return c.json({ access_token: token, token_type: 'Bearer' as const, expires_in: lastsS }, 200)
  })

  routes.openapi(readOwnAccess, async (c) => {
    const own = await researchers.ownAccess(bearer(c) ?? '')
    if (own === undefined) return problemResponse(noSession)
    const { researcherId, name, keys, sessions } = own
    return c.json(
      {
        ...{ researcherId, name },
        keys: keys.map(({ keyId, model, registeredAtMs, usedAtMs, revokedAtMs }) => ({
          ...{ keyId, model, registeredAt: iso(registeredAtMs) },
          ...{ usedAt: isoOrNull(usedAtMs), revokedAt: isoOrNull(revokedAtMs) },
        })),
        sessions: sessions.map(({ beganAtMs, endsAtMs, ...rest }) => ({
          ...{ ...rest, beganAt: iso(beganAtMs), endsAt: iso(endsAtMs) },
        })),
      },
      200,
    )
  })
  routes.openapi(endSession, async (c) => {
    const token = bearer(c) ?? ''
    if ((await researchers.ownAccess(token)) === undefined) return problemResponse(noSession)
    const isEnded = await researchers.endSession(token, c.req.valid('param').sessionId)
    return isEnded ? c.body(null, 204) : problemResponse(noneOfYours)
  })
  routes.openapi(revokeKey, async (c) => {
    const token = bearer(c) ?? ''
    if ((await researchers.ownAccess(token)) === undefined) return problemResponse(noSession)
    const isRevoked = await researchers.revokeKey(token, c.req.valid('param').keyId)
    return isRevoked ? c.body(null, 204) : problemResponse(noneOfYours)
  })
  return routes
}
