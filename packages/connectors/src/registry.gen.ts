// Generated from kinds/*.ts by scripts/registry.ts. Do not edit.
import type { AnyConnector } from './connector.ts'

/** Every kind of connector. A kind, and the schema it pins, is loaded when it is first used. */
export const CONNECTORS: ReadonlyMap<string, () => Promise<AnyConnector>> = new Map<
  string,
  () => Promise<AnyConnector>
>([
  ['git', async () => (await import('./kinds/git.ts')).default as AnyConnector],
  ['github', async () => (await import('./kinds/github.ts')).default as AnyConnector],
  ['graphql', async () => (await import('./kinds/graphql.ts')).default as AnyConnector],
  ['http', async () => (await import('./kinds/http.ts')).default as AnyConnector],
  ['npm', async () => (await import('./kinds/npm.ts')).default as AnyConnector],
  ['railway', async () => (await import('./kinds/railway.ts')).default as AnyConnector],
])
