import { defineConnector } from '../define-connector.ts'
import { catalogued, npmEffect, npmOperations } from '../npm/catalogue.ts'
import { readNpm, writeNpm } from '../npm/language.ts'
import { npmAnchor } from '../npm/names.ts'
import type { NpmOperation } from '../npm/operation.ts'
import { npmReach } from '../npm/reach.ts'
import { resolveNpm } from '../npm/resolve.ts'
import { root, upstream } from '../npm/root.ts'
import { spec } from '../npm/spec.ts'
import { redactor } from '../redaction/redactor.ts'

/**
 * A registry of npm packages. Its tokens cannot be minted, live for days, and publish what then runs on other people's machines: see
 * docs/connectors/npm.md.
 *
 * @see https://docs.npmjs.com/about-access-tokens
 */
export default defineConnector({
  kind: 'npm',
  title: 'npm registry',
  vendor: 'npm',
  anchor: npmAnchor,
  root,
  spec,
  catalogue: catalogued,
  // A tarball in base64, and what is said of it.
  limits: { bodyBytes: 15 * 1024 * 1024 },
  upstream,
  reach: npmReach,
  parse: readNpm,
  rebuild: ([operation]: readonly [NpmOperation, ...NpmOperation[]], spec) => writeNpm(operation, spec),
  operations: npmOperations,
  access: npmEffect,
  resolve: ([operation], spec, reader) => resolveNpm(operation, spec, reader),
  redact: (secrets) => redactor(secrets),
})
