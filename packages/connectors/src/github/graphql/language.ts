import { argumentAt } from '../../graphql/argument-at.ts'
import type { GraphqlOperation, Selection } from '../../graphql/dialect.ts'
import { readGraphql, writeGraphql } from '../../graphql/language.ts'
import { Refused } from '../../refusals.ts'
import type { ClientRequest, UpstreamRequest } from '../../request.ts'
import { isWorkflow } from '../forms.ts'
import { type GithubSpec, isOfScope } from '../spec.ts'
import { checkAnswer } from './check-answer.ts'
import { checkArguments } from './check-arguments.ts'
import { dialectOf } from './dialect.ts'
import { fieldName, graphqlEntryOf } from './table.ts'

/** @throws {Refused} */
export function readGithubGraphql(request: ClientRequest, spec: GithubSpec): readonly GraphqlOperation[] {
  const operations = readGraphql(request, dialectOf(spec)).flatMap(named)
  for (const operation of operations) {
    const entry = graphqlEntryOf(operation.name)
    if (!entry) throw new Refused('unclassified')
    if (!spec.operations.includes(operation.name)) throw new Refused('not_in_scope', operation.name)
    checkArguments(operation, entry)
    checkAnswer(operation)
    const repository = repositoryOf(operation)
    if (repository !== undefined && !isOfScope(repository, spec))
      throw new Refused('not_in_scope', operation.name)
  }
  if (new Set(operations.map(repositoryOf)).size > 1) throw new Refused('batch_refused')
  return operations
}

/**
 * The parts of one repository are sent as fields of the same name with the same arguments: GraphQL makes one of them, and the
 * answer is as it was asked for.
 */
export const writeGithubGraphql = (operations: readonly GraphqlOperation[]): UpstreamRequest =>
  writeGraphql(
    operations.map((each) => ({ ...each, name: fieldName(each.name) })),
    dialectOf({ operations: [] }),
  )

/** `acme/shop`, in lower case, where the call names it; undefined where it goes by ids. */
export function repositoryOf(operation: GraphqlOperation): string | undefined {
  const { owner, name } = operation.arguments
  const given =
    typeof owner === 'string'
      ? `${owner}/${name}`
      : argumentAt(operation, 'input.branch.repositoryNameWithOwner')
  return typeof given === 'string' ? given.toLowerCase() : undefined
}

const PARTS: readonly (readonly [name: string, fields: ReadonlySet<string>])[] = [
  ['query.repository.contents', new Set(['defaultBranchRef', 'object', 'ref', 'refs'])],
  ['query.repository.issues', new Set(['issue', 'issues', 'label', 'labels'])],
  ['query.repository.pulls', new Set(['pullRequest', 'pullRequests'])],
]

function named(operation: GraphqlOperation): readonly GraphqlOperation[] {
  if (operation.name !== 'query.repository') return [{ ...operation, name: variantOf(operation) }]
  const partOf = (each: Selection) =>
    PARTS.find(([, fields]) => 'field' in each && fields.has(each.field))?.[0] ?? operation.name
  return [operation.name, ...PARTS.map(([name]) => name)].flatMap((name) => {
    const select = (operation.select ?? []).filter((each) => partOf(each) === name)
    return select.length > 0 ? [{ ...operation, name, select }] : []
  })
}

/** How a call does more than the plain one of its name. */
function variantOf(operation: GraphqlOperation): string {
  if (operation.name === 'updateRef' && argumentAt(operation, 'input.force') === true)
    return 'updateRef.force'
  if (operation.name !== 'createCommitOnBranch') return operation.name
  return changedFiles(operation).some(isWorkflow) ? 'createCommitOnBranch.workflow' : operation.name
}

/** @throws {Refused} `argument_refused` where a path can be read in two ways */
function changedFiles(operation: GraphqlOperation): readonly string[] {
  return ['additions', 'deletions'].flatMap((list) => {
    const files = argumentAt(operation, `input.fileChanges.${list}`)
    return (Array.isArray(files) ? files : []).map((file: { readonly path?: unknown }) => {
      if (!isPlainFile(file.path)) throw new Refused('argument_refused', 'input.fileChanges')
      return file.path
    })
  })
}

const isPlainFile = (path: unknown): path is string =>
  typeof path === 'string' &&
  /^[ -~]{1,1024}$/.test(path) &&
  !path.includes('\\') &&
  path.split('/').every((part) => !/^\.{0,2}$/.test(part))
