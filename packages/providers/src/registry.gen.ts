// Generated from kinds/*.ts by scripts/registry.ts. Do not edit.
import type { AnyProvider } from './provider.ts'

/** Every kind of provider. A kind is loaded when it is first used, so that a vendor's SDK costs only those who use it. */
export const PROVIDERS: ReadonlyMap<string, () => Promise<AnyProvider>> = new Map<
  string,
  () => Promise<AnyProvider>
>([
  ['aws-federated', async () => (await import('./kinds/aws-federated.ts')).default as AnyProvider],
  ['aws-sts', async () => (await import('./kinds/aws-sts.ts')).default as AnyProvider],
  ['github-app', async () => (await import('./kinds/github-app.ts')).default as AnyProvider],
  ['kubernetes', async () => (await import('./kinds/kubernetes.ts')).default as AnyProvider],
  ['postgres-role', async () => (await import('./kinds/postgres-role.ts')).default as AnyProvider],
  ['railway-project-token', async () => (await import('./kinds/railway-project-token.ts')).default as AnyProvider],
])
