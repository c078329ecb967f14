import { BrokerError } from '@credbroker/core/errors'
import { newId } from '@credbroker/core/ids'
import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { ApprovalPending } from '../application/approvals/approval-pending.ts'
import { isRecorded } from '../application/audit/recorded.ts'
import { allowMethods } from './allowed-methods.ts'
import { pendingResponse } from './approval-pending.ts'
import { bodyTooLarge, limitBody } from './body-limit.ts'
import { identify } from './caller-of.ts'
import { problemResponse } from './problem.ts'
import { problemsOf } from './problems-of.ts'
import { describePublic } from './public-document.ts'
import { describeRefusals } from './refusals.ts'
import { applyRoutes } from './routes/apply.ts'
import { approvalRoutes } from './routes/approvals.ts'
import { auditRoutes } from './routes/audit.ts'
import { breakGlassRoutes } from './routes/break-glass.ts'
import { consoleRoutes } from './routes/console.ts'
import { credentialRoutes } from './routes/credentials.ts'
import { delegationRoutes } from './routes/delegation.ts'
import { deviceRoutes } from './routes/device.ts'
import { eventRoutes } from './routes/events.ts'
import { freezeRoutes } from './routes/freeze.ts'
import { gatewayRoutes } from './routes/gateway.ts'
import { grantRoutes } from './routes/grants.ts'
import { healthRoutes } from './routes/health.ts'
import { identityRoutes } from './routes/identity.ts'
import { integrityRoutes } from './routes/integrity.ts'
import { invitationRoutes } from './routes/invitations.ts'
import { issuerRoutes } from './routes/issuers.ts'
import { kindRoutes } from './routes/kinds.ts'
import { leakRoutes } from './routes/leaks.ts'
import { deviceAuthorizationRoute } from './routes/oauth/device.ts'
import { introspectRoute } from './routes/oauth/introspect.ts'
import { metadataRoutes } from './routes/oauth/metadata.ts'
import { revokeRoute } from './routes/oauth/revoke.ts'
import { tokenRoute } from './routes/oauth/token.ts'
import { objectRoutes } from './routes/objects.ts'
import { operationRoutes } from './routes/operations.ts'
import { peopleRoutes } from './routes/people.ts'
import { policyRoutes } from './routes/policies.ts'
import { receiptRoutes } from './routes/receipts.ts'
import { reportRoutes } from './routes/reports.ts'
import { rootRoutes } from './routes/roots.ts'
import { signInRoutes } from './routes/sign-in.ts'
import { simulateRoutes } from './routes/simulate.ts'
import { taskRoutes } from './routes/tasks.ts'
import { whoHasWriteRoutes } from './routes/who-has-write.ts'
import type { HttpDeps, HttpEnv, Server } from './server.ts'

/** The whole HTTP surface. Routes parse, call one use case and show its answer; they decide nothing. */
export function createApp(deps: HttpDeps): Server {
  const { world, random, nonces, issuer } = deps
  const server = new OpenAPIHono<HttpEnv>({
    defaultHook: (result) => {
      if (result.success) return
      throw new BrokerError('invalid_request', { problems: problemsOf(result.error) })
    },
  })

  const door = (c: Context<HttpEnv>) => identify(c, deps)
  server.use(async (c, next) => {
    c.set('identify', door)
    const requestId = newId('request', world.clock.now(), random)
    c.set('requestId', requestId)
    // Before the answer exists: changing one that does costs more than making it.
    c.header('x-request-id', requestId)
    c.header('x-content-type-options', 'nosniff')
    c.header('cache-control', 'no-store')
    await next()
  })
  server.use(limitBody())
  server.use(allowMethods(server))
  server.onError(async (error, c) => {
    if (error instanceof ApprovalPending) return await pendingResponse(c, deps, error.approval)
    const known = c.get('overLimit') ? bodyTooLarge() : fromFramework(error, c.req.raw.body !== null)
    const response = problemResponse(c, known, issuer, world.log)
    if (known instanceof BrokerError) {
      if (known.code === 'use_dpop_nonce') response.headers.set('dpop-nonce', nonces.issue(world.clock.now()))
      // What was not read of it would be taken for the next request.
      if (known.code === 'body_too_large') response.headers.set('connection', 'close')
      const request = { requestId: c.get('requestId'), method: c.req.method, caller: c.get('caller') }
      if (!isRecorded(known)) await deps.cases.recordRefusal(known.code, request)
    }
    response.headers.set('x-request-id', c.get('requestId'))
    return response
  })
  server.notFound((c) => problemResponse(c, new BrokerError('not_found'), issuer, world.log))

  describeRefusals(server)
  server.openAPIRegistry.registerComponent('securitySchemes', 'dpop', {
    type: 'http',
    scheme: 'DPoP',
    description: 'RFC 9449: `Authorization: DPoP <token>` and a fresh proof in `DPoP`',
  })
  server.openAPIRegistry.registerComponent('securitySchemes', 'session', {
    type: 'http',
    scheme: 'bearer',
    description: 'The session of a person at the console, from `POST /v1/sessions`',
  })
  healthRoutes(server, deps)
  metadataRoutes(server, deps)
  tokenRoute(server, deps)
  deviceAuthorizationRoute(server, deps)
  introspectRoute(server, deps)
  revokeRoute(server, deps)
  identityRoutes(server, deps)
  deviceRoutes(server, deps)
  issuerRoutes(server, deps)
  consoleRoutes(server, deps)
  signInRoutes(server, deps)
  peopleRoutes(server, deps)
  taskRoutes(server, deps)
  delegationRoutes(server, deps)
  credentialRoutes(server, deps)
  gatewayRoutes(server, deps)
  grantRoutes(server, deps)
  objectRoutes(server, deps)
  rootRoutes(server, deps)
  kindRoutes(server, deps)
  integrityRoutes(server, deps)
  invitationRoutes(server, deps)
  policyRoutes(server, deps)
  applyRoutes(server, deps)
  simulateRoutes(server, deps)
  approvalRoutes(server, deps)
  freezeRoutes(server, deps)
  leakRoutes(server, deps)
  breakGlassRoutes(server, deps)
  operationRoutes(server, deps)
  whoHasWriteRoutes(server, deps)
  auditRoutes(server, deps)
  eventRoutes(server, deps)
  receiptRoutes(server, deps)
  reportRoutes(server, deps)
  describePublic(server, '/openapi.json', { tag: 'Discovery', summary: 'This description' })
  // Anybody may ask, and it is always the same.
  let description: string | undefined
  server.get('/openapi.json', (c) => {
    description ??= JSON.stringify(server.getOpenAPI31Document(DESCRIPTION))
    return c.body(description, 200, { 'content-type': 'application/json' })
  })
  return server
}

const DESCRIPTION = {
  openapi: '3.1.0',
  info: {
    title: 'Credbroker',
    version: '1',
    license: { name: 'Apache-2.0' },
    description:
      'Calls through the gateway, any method at `/gateway/{scope}/{path}` with a task’s token, have the form of the vendor’s own interface and are not described here: see docs/gateway.md.',
  },
}

/** The router refuses what is not JSON, or is not called so, with errors of its own. */
function fromFramework(error: Error, hasBody: boolean): Error {
  // Schemas descend as deep as a body does, and the stack ends before the limit of bytes.
  if (hasBody && error instanceof RangeError && /call stack/.test(error.message))
    return new BrokerError('invalid_request', { detail: 'The body is nested too deeply' })
  const status = 'status' in error && !(error instanceof BrokerError) ? error.status : undefined
  if (status !== 400 && status !== 415) return error
  if (status === 415) return new BrokerError('unsupported_media_type')
  return new BrokerError('invalid_request', { detail: 'The body is not valid JSON' })
}
