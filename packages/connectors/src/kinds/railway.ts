import { defineConnector } from '../define-connector.ts'
import type { GraphqlOperation } from '../graphql/dialect.ts'
import { readGraphql, writeGraphql } from '../graphql/language.ts'
import { catalogued, railwayOperations } from '../railway/catalogued.ts'
import { checkPlaces, dialectOf } from '../railway/dialect.ts'
import { railwayEffect } from '../railway/effect.ts'
import { railwayReach } from '../railway/reach.ts'
import { refusesProjectToken } from '../railway/refuses.ts'
import { resolveRailway } from '../railway/resolve.ts'
import { root, rootOf, upstream } from '../railway/root.ts'
import { railwayId, spec } from '../railway/spec.ts'
import { redactor } from '../redaction/redactor.ts'

/**
 * Railway's public GraphQL interface. Its tokens know no operations, its ids no environment, and one of its calls deletes a
 * volume with all of its backups: see docs/connectors/railway.md.
 *
 * @see https://docs.railway.com/reference/public-api
 */
export default defineConnector({
  kind: 'railway',
  title: 'Railway',
  vendor: 'railway',
  hosts: ['backboard.railway.com', 'backboard.railway.app'],
  placeholders: ['RAILWAY_API_TOKEN'],
  anchor: {
    syntax: '<project id> or <project id>/<environment id>',
    accepts: (anchor) => {
      const ids = anchor.split('/')
      return ids.length <= 2 && ids.every((id) => railwayId.safeParse(id).success)
    },
  },
  root,
  spec,
  inner: {
    provider: 'railway-project-token',
    ownRootsToo: true,
    allow: ({ projects, operations }) => ({ projects, operations }),
    root: rootOf,
    refuses: refusesProjectToken,
  },
  catalogue: catalogued,
  upstream,
  reach: railwayReach,
  parse: (request, spec): readonly GraphqlOperation[] =>
    readGraphql(request, dialectOf(spec)).map(checkPlaces),
  rebuild: (operations, spec) => writeGraphql(operations, dialectOf(spec)),
  operations: railwayOperations,
  access: railwayEffect,
  resolve: resolveRailway,
  redact: (secrets) => redactor(secrets),
})
