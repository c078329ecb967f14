import { isDangerous } from '@credbroker/core/access'
import type { Resolution } from '../connector.ts'
import type { GraphqlOperation } from '../graphql/dialect.ts'
import { plainTarget } from '../http/plain-target.ts'
import { Refused } from '../refusals.ts'
import type { ClientRequest, UpstreamReader, UpstreamRequest } from '../request.ts'
import { readGithubGraphql, repositoryOf, writeGithubGraphql } from './graphql/language.ts'
import { graphqlEntryOf } from './graphql/table.ts'
import { type RestOperation, readRest, writeRest } from './language.ts'
import { githubEffect } from './operations.ts'
import { placeOfIds, placeOfName } from './places.ts'
import type { GithubSpec } from './spec.ts'

export type GithubOperation = RestOperation | GraphqlOperation
export type GithubOperations = readonly [GithubOperation, ...GithubOperation[]]

const isRest = (operation: GithubOperation): operation is RestOperation =>
  graphqlEntryOf(operation.name) === undefined

/** @throws {Refused} */
export const readGithub = (request: ClientRequest, spec: GithubSpec): readonly GithubOperation[] =>
  plainTarget(request.target).segments[0] === 'graphql'
    ? readGithubGraphql(request, spec)
    : readRest(request, spec)

export function writeGithub(operations: GithubOperations): UpstreamRequest {
  const [first] = operations
  if (isRest(first)) return writeRest(first)
  return writeGithubGraphql(operations.filter((each): each is GraphqlOperation => !isRest(each)))
}

/** Never from a cache where the call is dangerous. All operations of one request are about one repository. */
export function resolveGithub(
  operations: GithubOperations,
  spec: GithubSpec,
  reader: UpstreamReader,
): Promise<Resolution> {
  const fresh = operations.some((operation) => githubEffect(operation).access.some(isDangerous))
  const [first] = operations
  if (isRest(first)) return placeOfName(first.arguments.repository, spec, reader, fresh)
  const name = repositoryOf(first)
  if (name !== undefined) return placeOfName(name, spec, reader, fresh)
  const entry = graphqlEntryOf(first.name)
  if (!entry) throw new Refused('unclassified')
  return placeOfIds(first, entry, spec, reader, fresh)
}
