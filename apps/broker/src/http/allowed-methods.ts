import { BrokerError } from '@credbroker/core/errors'
import type { MiddlewareHandler } from 'hono'
import type { HttpEnv, Server } from './server.ts'

/**
 * Refuses a method that no route of the path takes, and says in `Allow` which ones do (RFC 9110 §15.5.6). A path that
 * a route spells out is never taken for a name or an id under another one.
 * @throws BrokerError `method_not_allowed`
 */
export function allowMethods(server: Server): MiddlewareHandler<HttpEnv> {
  let methodsAt: MethodsAt | undefined
  return async (c, next) => {
    // Routes are added after this one.
    methodsAt ??= methodsOf(server.routes)
    const methods = methodsAt(c.req.path)
    if (methods && !methods.has(c.req.method)) {
      c.header('allow', [...methods].join(', '))
      throw new BrokerError('method_not_allowed')
    }
    await next()
  }
}

type Methods = ReadonlySet<string>
/** `undefined`: no route has this path. */
type MethodsAt = (path: string) => Methods | undefined

function methodsOf(routes: readonly { readonly path: string; readonly method: string }[]): MethodsAt {
  const literal = new Map<string, Set<string>>()
  const patterns = new Map<string, Set<string>>()
  for (const { path, method } of routes) {
    if (method === 'ALL' || path.includes('*')) continue
    const table = path.includes(':') ? patterns : literal
    const methods = table.get(path) ?? new Set()
    table.set(path, methods.add(method))
    if (method === 'GET') methods.add('HEAD')
  }
  const templates = [...patterns].map(([path, methods]) => ({
    pattern: new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/:[^/]+/g, '[^/]+')}$`),
    methods,
  }))
  return (path) => literal.get(path) ?? templates.find(({ pattern }) => pattern.test(path))?.methods
}
