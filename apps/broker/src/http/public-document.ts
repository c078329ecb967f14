import { createRoute, z } from '@hono/zod-openapi'
import { refusalsOf } from './refusals.ts'
import type { Server } from './server.ts'

interface Shape {
  readonly tag: string
  readonly summary: string
  readonly params?: z.ZodObject
  /** Its content type; JSON where it is left out. */
  readonly type?: string
  /** While it has nothing good to say, it says so with 503 in its own form. */
  readonly or503?: true
}

const json = z.looseObject({})
const text = z.string()

/** Describes a GET that anybody may ask, whose form somebody else's standard says; its handler is registered as ever. */
export function describePublic(server: Server, path: string, shape: Shape): void {
  const { tag, summary, params, type = 'application/json', or503 } = shape
  const done = {
    description: summary,
    content: { [type]: { schema: type === 'application/json' ? json : text } },
  }
  server.openAPIRegistry.registerPath(
    createRoute({
      method: 'get',
      path,
      tags: [tag],
      summary,
      security: [],
      ...(params && { request: { params } }),
      responses: {
        ...refusalsOf({ open: true, takesBody: false, changes: false }),
        200: done,
        ...(or503 && { 503: done }),
      },
    }),
  )
}
