import { defineConnector } from '../define-connector.ts'
import { readGraphql, writeGraphql } from '../graphql/language.ts'
import { declaredDialect, graphqlEffect, resolveGraphql } from '../graphql/meaning.ts'
import { graphqlOperations } from '../graphql/operations.ts'
import { spec } from '../graphql/spec.ts'
import { hostReach } from '../http/reach.ts'
import { headerRoot, headerUpstream, hostAnchor } from '../http/root.ts'
import { redactor } from '../redaction/redactor.ts'

/** Any GraphQL interface: a scope pins the schema and lists the root fields, with what each one does and touches. */
export default defineConnector({
  kind: 'graphql',
  title: 'GraphQL API by a pinned schema',
  vendor: 'graphql',
  anchor: hostAnchor,
  root: headerRoot,
  spec,
  upstream: headerUpstream,
  reach: hostReach,
  parse: (request, spec) => readGraphql(request, declaredDialect(spec)),
  rebuild: (operations, spec) => writeGraphql(operations, declaredDialect(spec)),
  operations: graphqlOperations,
  access: graphqlEffect,
  resolve: async (operations, spec, reader) => resolveGraphql(operations, spec, reader),
  redact: (secrets) => redactor(secrets),
})
