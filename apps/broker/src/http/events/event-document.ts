import { eventMessage } from '@credbroker/core/wire/events'
import { createRoute, z } from '@hono/zod-openapi'
import { refusalsOf } from '../refusals.ts'
import type { Server } from '../server.ts'

const number = z.string().regex(/^[0-9]{1,15}$/)

/** What `GET /v1/events` is, which answers in a form of its own and never ends. */
export function describeEvents(server: Server): void {
  server.openAPIRegistry.register('EventMessage', eventMessage)
  server.openAPIRegistry.registerPath(
    createRoute({
      method: 'get',
      path: '/v1/events',
      tags: ['Audit'],
      summary: 'What happens, as it happens: server-sent events whose `data` is an `EventMessage`',
      security: [{ dpop: [] }, { session: [] }],
      request: {
        query: z.strictObject({ from: number.optional() }),
        headers: z.object({ 'last-event-id': number.optional() }),
      },
      responses: {
        ...refusalsOf({ open: false, takesBody: false, changes: false }),
        200: {
          description: 'A stream that ends with the session',
          content: { 'text/event-stream': { schema: z.string() } },
        },
      },
    }),
  )
}
