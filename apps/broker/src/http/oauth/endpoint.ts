import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { HEADERS } from '../refusals.ts'
import type { HttpEnv, Server } from '../server.ts'
import { type OAuthForm, readForm } from './form.ts'

const refusal = z.object({ error: z.string(), error_description: z.string(), error_uri: z.string() })

/** Of who asks, RFC 6749 §5.2 leaves 400, and 401 for a client that failed to authenticate. */
const STATUSES = [400, 401, 404, 405, 409, 413, 415, 422, 429, 500, 503]
const refusals = Object.fromEntries(
  STATUSES.map((status) => [
    status,
    {
      description: 'Refused (RFC 6749 §5.2)',
      content: { 'application/json': { schema: refusal } },
      ...(HEADERS[status] && { headers: HEADERS[status] }),
    },
  ]),
)

interface Endpoint {
  readonly summary: string
  /** For the description alone: the form is read by {@link readForm}, which sees repeated parameters. */
  readonly form: z.ZodObject
  readonly answer?: z.ZodType
}

/** One OAuth endpoint: POST, a form, and OAuth's errors for everything else (RFC 6749 §3.2, §5.2). */
export function oauthEndpoint(
  server: Server,
  path: string,
  { summary, form, answer }: Endpoint,
  handle: (c: Context<HttpEnv>, form: OAuthForm) => Promise<Response>,
): void {
  server.openAPIRegistry.registerPath(
    createRoute({
      method: 'post',
      path,
      tags: ['OAuth'],
      summary,
      security: [],
      request: {
        body: { required: true, content: { 'application/x-www-form-urlencoded': { schema: form } } },
      },
      responses: {
        200: {
          description: 'Done',
          ...(answer && { content: { 'application/json': { schema: answer } } }),
        },
        ...refusals,
      },
    }),
  )
  server.post(path, async (c) => await handle(c, await readForm(c)))
}
