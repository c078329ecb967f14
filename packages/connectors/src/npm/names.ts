import { z } from 'zod'

/**
 * Names as the registry gives them today, and capitals in old names without a scope. Nothing in them is read in two ways in a
 * path: they begin with a letter or a digit, so none is dotted, and none is `-`, under which the registry keeps its own routes.
 *
 * @see https://docs.npmjs.com/cli/v11/configuring-npm/package-json#name
 */
const UNSCOPED = /^[A-Za-z0-9][A-Za-z0-9._-]{0,213}$/
const SCOPED = /^@[a-z0-9][a-z0-9._-]{0,127}\/[a-z0-9][a-z0-9._-]{0,127}$/
const SCOPE = /^@[a-z0-9][a-z0-9._-]{0,127}$/

export const isPackage = (name: string): boolean =>
  name.length <= 214 && (UNSCOPED.test(name) || SCOPED.test(name))

/** `app` of `@acme/app`: what its files are called after. */
export const bareName = (name: string): string => name.slice(name.indexOf('/') + 1)

/** `@acme%2fapp`, which is how npm writes it in a path. */
export const escapedName = (name: string): string => name.replace('/', '%2f')

const isWholeScope = (pattern: string) => pattern.endsWith('/*') && SCOPE.test(pattern.slice(0, -2))

export const packagePattern = z
  .string()
  .refine((text) => isPackage(text) || isWholeScope(text), '`@scope/*`, `@scope/name` or `name`')

/** `*` is every name without a scope. */
export const publicPattern = z
  .string()
  .refine((text) => text === '*' || isPackage(text) || isWholeScope(text), '`*`, `@scope/*` or a name')

export const fits = (patterns: readonly string[], name: string): boolean =>
  patterns.some((pattern) =>
    pattern === '*'
      ? !name.startsWith('@')
      : pattern === name || (isWholeScope(pattern) && name.startsWith(pattern.slice(0, -1))),
  )

/** Broad before narrow: a host, a scope of it, a package. */
export const npmAnchor = {
  syntax: '<host>, <host>/<@scope>, <host>/<@scope>/<name> or <host>/<name>',
  accepts: (anchor: string): boolean => {
    const [, host = '', below] = /^([^/]+)(?:\/(.+))?$/.exec(anchor) ?? []
    return (
      /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:\d{1,5})?$/.test(host) &&
      (below === undefined ? !anchor.includes('/') : SCOPE.test(below) || isPackage(below))
    )
  },
} as const
