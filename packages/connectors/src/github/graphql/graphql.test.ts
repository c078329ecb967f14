import { type GraphQLInputField, getNamedType, isInputObjectType, isObjectType } from 'graphql'
import { describe, expect, it } from 'vitest'
import { graphqlVendor, mutation, NODES, query } from '../../../test/github-graphql.ts'
import type { Operation } from '../../connector.ts'
import { rootOf } from '../../graphql/dialect.ts'
import github from '../../kinds/github.ts'
import type { ClientRequest } from '../../request.ts'
import { ENTRIES, entryOf } from '../catalogue.ts'
import { NAMES } from '../operations.ts'
import { schema } from './dialect.ts'
import { fieldName, GRAPHQL_ENTRIES } from './table.ts'

const specOf = (operations: readonly string[], repositories = ['71']) =>
  github.spec.parse({ operations, repositories })
const parse = (request: ClientRequest, operations: readonly string[] = NAMES) =>
  github.parse(request, specOf(operations))
const parsed = (request: ClientRequest, operations?: readonly string[]) => {
  const { operations: found } = parse(request, operations) as { operations: [Operation, ...Operation[]] }
  return found
}
const resolve = (request: ClientRequest, vendor = graphqlVendor, repositories = ['71']) =>
  github.resolve(parsed(request) as never, specOf(NAMES, repositories), {
    host: 'api.github.com',
    read: async ({ body = '' }) => vendor(body),
  })

describe('what of GitHub’s GraphQL can be called', () => {
  it('is in the schema and in the catalogue alike', () => {
    const fields = (['query', 'mutation'] as const).flatMap((root) =>
      Object.keys(schema.getRootType(root as never)?.getFields() ?? {}).map((field) =>
        root === 'query' ? `query.${field}` : field,
      ),
    )
    expect([...new Set(GRAPHQL_ENTRIES.map(({ name }) => fieldName(name)))].sort()).toEqual(fields.sort())
    expect(GRAPHQL_ENTRIES.filter(({ name }) => entryOf(name))).toEqual([])
  })

  it('every id that a call can carry is resolved, so that none reaches another repository (I2)', () => {
    const idsOf = (
      at: string,
      { name, type }: { name: string; type: GraphQLInputField['type'] },
    ): string[] => {
      const inner = getNamedType(type)
      const path = at ? `${at}.${name}` : name
      if (isInputObjectType(inner))
        return Object.values(inner.getFields()).flatMap((each) => idsOf(path, each))
      // The client’s own mark, which GitHub repeats.
      if (name === 'clientMutationId') return []
      return inner.name === 'ID' || /(^id|Ids?)$/.test(name) ? [path] : []
    }
    for (const { name, ids } of GRAPHQL_ENTRIES) {
      const { root, field } = rootOf(fieldName(name))
      const args = schema.getRootType(root as never)?.getFields()[field]?.args ?? []
      const known = [...ids.keys()].map((path) => `input.${path}`)
      expect(args.flatMap((each) => idsOf('', each)).sort(), name).toEqual(known.sort())
    }
  })

  it('nothing in an answer leads out of its repository, or from people to what is theirs', () => {
    for (const type of Object.values(schema.getTypeMap())) {
      if (!isObjectType(type) || /^(__|Query$)/.test(type.name)) continue
      for (const field of Object.values(type.getFields()))
        expect(getNamedType(field.type).name, `${type.name}.${field.name}`).not.toBe('Repository')
      if (/^(User|Bot|Organization|Mannequin|EnterpriseUserAccount)$/.test(type.name))
        expect(Object.keys(type.getFields())).toEqual(['id', 'login'])
    }
  })

  it('what asks for more than one part of a repository needs each of them, and is sent as one question', () => {
    const asked = query(
      '{ repository(owner: "acme", name: "shop") { n: name issue(number: 7) { title } object(oid: null) { id } pullRequests(last: 5) { totalCount } } }',
    )
    const names = [
      'query.repository',
      'query.repository.contents',
      'query.repository.issues',
      'query.repository.pulls',
    ]
    expect(parsed(asked, names).map(({ name }) => name)).toEqual(names)
    for (const left of names)
      expect(
        parse(
          asked,
          names.filter((each) => each !== left),
        ),
        left,
      ).toMatchObject({
        refused: 'not_in_scope',
        at: left,
      })
    const sent = github.rebuild(parsed(asked, names), specOf(names))
    expect(
      JSON.parse(sent.body ?? '').query.match(
        /repository\(owner: "acme", name: "shop", followRenames: false\)/g,
      ),
    ).toHaveLength(4)
  })

  it('whoever may read one part is given a token for that part (I4b)', () => {
    const allow = (...names: string[]) => github.inner?.allow(specOf(names))
    expect(allow('query.repository.issues')).toMatchObject({
      permissions: { metadata: 'read', issues: 'read' },
    })
    expect(allow('mergePullRequest')).toMatchObject({
      permissions: { metadata: 'read', contents: 'write', pull_requests: 'read' },
    })
    expect(allow('createCommitOnBranch.workflow')).toMatchObject({
      permissions: { contents: 'write', workflows: 'write' },
    })
    expect(ENTRIES.length + GRAPHQL_ENTRIES.length).toBe(NAMES.length)
  })

  it('what is known and never allowed is named as that, and what is unknown as unknown', () => {
    const refused = (text: string) => parse(query(text)).refused
    expect(refused('{ viewer { login } }')).toBe('outside_environments')
    expect(refused('{ node(id: "I_1") { id } }')).toBe('unresolvable')
    expect(refused('mutation { deleteIssue(input: { issueId: "I_1" }) { clientMutationId } }')).toBe(
      'administration_refused',
    )
    expect(refused('mutation { pinIssue(input: { issueId: "I_1" }) { clientMutationId } }')).toBe(
      'unclassified',
    )
  })
})

describe('where GitHub’s ids lie (I2)', () => {
  const close = mutation('closeIssue', 'issueId: "I_1"')
  const create = (repository: string, label: string) =>
    mutation('createIssue', `repositoryId: "${repository}", title: "t", labelIds: ["${label}"]`)

  it('an id is what GitHub says it is, and whoever decides reads what that is', async () => {
    expect(await resolve(close)).toEqual({
      is: 'resolved',
      anchors: ['71'],
      facts: { repository: 'acme/shop', things: ['issue 7'] },
    })
    expect(await resolve(mutation('deleteRef', 'refId: "REF_1"'))).toMatchObject({
      facts: { things: ['refs/heads/x'] },
    })
    expect(await resolve(mutation('deleteIssueComment', 'id: "IC_1"'))).toMatchObject({
      facts: { things: ['comment https://github.com/acme/Shop/issues/7#issuecomment-1'] },
    })
    expect(await resolve(close, graphqlVendor, ['acme/SHOP'])).toMatchObject({ anchors: ['71'] })
  })

  it('an id of another repository, of another kind, or of two repositories at once is unresolved', async () => {
    const unresolved = { is: 'unresolved' }
    expect(await resolve(mutation('closeIssue', 'issueId: "I_1_elsewhere"'))).toEqual(unresolved)
    expect(await resolve(mutation('closeIssue', 'issueId: "PR_1"'))).toEqual(unresolved)
    expect(await resolve(mutation('closeIssue', 'issueId: "none"'))).toEqual(unresolved)
    expect(await resolve(create('R_1', 'LA_1'))).toMatchObject({ is: 'resolved' })
    expect(await resolve(create('R_1', 'LA_1_elsewhere'))).toEqual(unresolved)
    expect(await resolve(create('R_1_elsewhere', 'LA_1_elsewhere'))).toEqual(unresolved)
    expect(await resolve(close, graphqlVendor, ['acme/ledger'])).toEqual(unresolved)
  })

  it.each([
    ['about another id', { data: { nodes: [{ ...NODES['I_1'], id: 'I_2' }] } }],
    ['with an error beside it', { data: { nodes: [NODES['I_1']] }, errors: [{ message: 'x' }] }],
    ['about more than was asked', { data: { nodes: [NODES['I_1'], NODES['I_1']] } }],
    [
      'with a number that is none',
      {
        data: {
          nodes: [{ ...NODES['I_1'], repository: { databaseId: '71/x', nameWithOwner: 'acme/shop' } }],
        },
      },
    ],
    ['about nothing', { data: { nodes: [null] } }],
  ])('an answer %s leaves the call unresolved', async (_, body) => {
    expect(await resolve(close, () => ({ status: 200, body: JSON.stringify(body) }))).toEqual({
      is: 'unresolved',
    })
  })

  it('a name in an answer that could mislead a reader is cleaned', async () => {
    const label = {
      id: 'LA_1',
      __typename: 'Label',
      name: 'a\u202eb',
      repository: { databaseId: 71, nameWithOwner: 'acme/shop' },
    }
    const found = await resolve(create('R_1', 'LA_1'), () => ({
      status: 200,
      body: JSON.stringify({ data: { nodes: [NODES['R_1'], label] } }),
    }))
    expect(found).toMatchObject({ facts: { things: ['label a\ufffdb'] } })
  })
})
