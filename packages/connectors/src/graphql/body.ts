import type { Json } from '@credbroker/core/canonical-json'
import { jsonObject } from '../guard/strict-json.ts'
import { plainTarget } from '../http/plain-target.ts'
import { Refused } from '../refusals.ts'
import type { ClientRequest } from '../request.ts'

/** What a client asks by the GraphQL-over-HTTP specification, in its one form: POST of a JSON object. */
export interface GraphqlBody {
  readonly query: string
  readonly variables: { readonly [name: string]: Json }
  readonly operationName: string | undefined
}

/** @throws {Refused} */
export function graphqlBody(request: ClientRequest, path: string): GraphqlBody {
  const { segments, query: parameters } = plainTarget(request.target)
  if (`/${segments.join('/')}` !== path) throw new Refused('path_refused')
  if (request.method !== 'POST') throw new Refused('method_refused')
  if (parameters.size > 0) throw new Refused('query_refused')
  const { query, variables, operationName, ...others } = jsonObject(request)
  // The meaning of a hash or an id is decided upstream.
  if (['extensions', 'documentId', 'id', 'queryId', 'doc_id'].some((name) => Object.hasOwn(others, name)))
    throw new Refused('persisted_query_refused')
  if (Object.keys(others).length > 0 || typeof query !== 'string') throw new Refused('body_refused')
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string')
    throw new Refused('body_refused')
  if (variables !== undefined && (typeof variables !== 'object' || Array.isArray(variables)))
    throw new Refused('body_refused')
  return {
    query,
    variables: (variables ?? {}) as { readonly [name: string]: Json },
    operationName: operationName ?? undefined,
  }
}
