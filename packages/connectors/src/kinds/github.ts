import { defineConnector } from '../define-connector.ts'
import { readGithub, resolveGithub, writeGithub } from '../github/calls.ts'
import { catalogued, githubEffect, githubOperations } from '../github/operations.ts'
import { githubReach } from '../github/reach.ts'
import { root, rootOf, upstream } from '../github/root.ts'
import { allowFor, isRepositoryId, spec } from '../github/spec.ts'
import { redactor, type TokenShape } from '../redaction/redactor.ts'

/** `ghs_` tokens have become long, with dots in them. */
const SHAPES: readonly TokenShape[] = [
  ...['ghs_', 'ghp_', 'gho_', 'ghu_', 'ghr_'].map((prefix) => ({ prefix, also: '._-', atLeast: 30 })),
  { prefix: 'github_pat_', also: '_', atLeast: 30 },
]

/**
 * GitHub’s interfaces, of paths and of GraphQL, over tokens that `github-app` mints for the scope and that never leave the broker. GitHub’s
 * permissions cannot tell a push from a deletion; the operations here can.
 *
 * @see https://docs.github.com/en/rest
 * @see https://docs.github.com/en/graphql
 */
export default defineConnector({
  kind: 'github',
  title: 'GitHub REST and GraphQL API',
  vendor: 'github',
  hosts: ['api.github.com'],
  placeholders: ['GH_TOKEN', 'GITHUB_TOKEN'],
  anchor: { syntax: '<repository id>, the number that stays when it is renamed', accepts: isRepositoryId },
  root,
  spec,
  inner: { provider: 'github-app', allow: allowFor, root: rootOf },
  catalogue: catalogued,
  upstream,
  reach: githubReach,
  parse: readGithub,
  rebuild: writeGithub,
  operations: githubOperations,
  access: githubEffect,
  resolve: resolveGithub,
  redact: (secrets) => redactor(secrets, SHAPES),
})
