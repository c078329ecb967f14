import type { GraphqlOperation } from './dialect.ts'

/** An argument by its path, `input.environmentId`; undefined where it was not given. */
export function argumentAt(operation: GraphqlOperation, path: string): unknown {
  const value = path
    .split('.')
    .reduce<unknown>(
      (inner, name) =>
        typeof inner === 'object' && inner !== null && Object.hasOwn(inner, name)
          ? (inner as { readonly [name: string]: unknown })[name]
          : undefined,
      operation.arguments,
    )
  return value ?? undefined
}
