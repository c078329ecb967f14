import { clean } from '@credbroker/core/audit/text'
import { z } from 'zod'
import type { Fact, Resolution } from '../connector.ts'
import type { GraphqlOperation } from '../graphql/dialect.ts'
import type { UpstreamReader, UpstreamRequest } from '../request.ts'
import { idsAt } from './graphql/check-arguments.ts'
import { type GraphqlEntry, THINGS, type Thing } from './graphql/table.ts'
import { type GithubSpec, isRepositoryId } from './spec.ts'

const UNRESOLVED: Resolution = { is: 'unresolved' }

export const get = (target: string): UpstreamRequest => ({
  method: 'GET',
  target,
  headers: { accept: 'application/vnd.github+json' },
})

export const repository = z.object({ id: z.number().int().positive(), full_name: z.string().max(200) })

/**
 * Which repository the name means today. One that was renamed answers with a redirect, and its old name may be somebody
 * else’s tomorrow: only the name that GitHub itself says is taken.
 */
export async function placeOfName(
  name: string,
  spec: GithubSpec,
  reader: UpstreamReader,
  fresh: boolean,
): Promise<Resolution> {
  const { status, body } = await reader.read(get(`/repos/${name}`), { fresh })
  const found = status === 200 ? repository.safeParse(parsed(body)) : undefined
  if (!found?.success || found.data.full_name.toLowerCase() !== name) return UNRESOLVED
  return placed(found.data.id, name, spec, {})
}

const place = z.object({ databaseId: z.number().int().positive(), nameWithOwner: z.string().max(200) })
const text = z.string().max(1000)
const number = z.number().int().positive()
const node = z.discriminatedUnion('__typename', [
  z.object({ __typename: z.literal('Repository'), id: text, ...place.shape }),
  z.object({ __typename: z.literal('Issue'), id: text, number, repository: place }),
  z.object({ __typename: z.literal('PullRequest'), id: text, number, repository: place }),
  z.object({ __typename: z.literal('IssueComment'), id: text, url: text, repository: place }),
  z.object({ __typename: z.literal('Label'), id: text, name: text, repository: place }),
  z.object({ __typename: z.literal('Ref'), id: text, prefix: text, name: text, repository: place }),
])
type Node = z.infer<typeof node>
const answer = z.object({
  data: z.object({ nodes: z.array(node) }),
  errors: z.undefined().optional(),
})

const PLACE = 'databaseId nameWithOwner'
const SELECT: Readonly<Record<Thing, string>> = {
  Repository: PLACE,
  Issue: `number repository { ${PLACE} }`,
  PullRequest: `number repository { ${PLACE} }`,
  // Of a pull request too, which has no issue to name.
  IssueComment: `url repository { ${PLACE} }`,
  Label: `name repository { ${PLACE} }`,
  Ref: `prefix name repository { ${PLACE} }`,
}

/** What ids stand for, by GitHub’s own word: all of it of the kinds that may stand there, and in one repository. */
export async function placeOfIds(
  operation: GraphqlOperation,
  { ids }: GraphqlEntry,
  spec: GithubSpec,
  reader: UpstreamReader,
  fresh: boolean,
): Promise<Resolution> {
  const wanted = [...ids].flatMap(([path, things]) => idsAt(operation, path).map((id) => ({ id, things })))
  const kinds = THINGS.filter((each) => wanted.some(({ things }) => things.includes(each)))
  const select = kinds.map((each) => `... on ${each} { ${SELECT[each]} }`).join(' ')
  const query = `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ${select} } }`
  const { status, body } = await reader.read(
    {
      method: 'POST',
      target: '/graphql',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables: { ids: wanted.map(({ id }) => id) } }),
    },
    { fresh },
  )
  const found = status === 200 ? answer.safeParse(parsed(body)) : undefined
  const nodes = found?.success ? found.data.data.nodes : []
  const asWanted = wanted.every(({ id, things }, at) => {
    const each = nodes[at]
    return each?.id === id && things.includes(each.__typename)
  })
  const [first] = nodes
  if (!first || nodes.length !== wanted.length || !asWanted) return UNRESOLVED
  const { databaseId, nameWithOwner } = placeOf(first)
  if (nodes.some((each) => placeOf(each).databaseId !== databaseId)) return UNRESOLVED
  const things = nodes.flatMap(wordsOf).map((each) => clean(each, 200))
  return placed(databaseId, nameWithOwner.toLowerCase(), spec, { things })
}

const placeOf = (each: Node) => (each.__typename === 'Repository' ? each : each.repository)

/** For whoever decides. */
function wordsOf(each: Node): readonly string[] {
  switch (each.__typename) {
    case 'Repository':
      return []
    case 'Issue':
      return [`issue ${each.number}`]
    case 'PullRequest':
      return [`pull request ${each.number}`]
    case 'IssueComment':
      return [`comment ${each.url}`]
    case 'Label':
      return [`label ${each.name}`]
    case 'Ref':
      return [`${each.prefix}${each.name}`]
  }
}

function placed(
  id: number,
  name: string,
  { repositories }: GithubSpec,
  facts: Readonly<Record<string, Fact>>,
): Resolution {
  const allowed = repositories.some((each) =>
    isRepositoryId(each) ? each === String(id) : each.toLowerCase() === name,
  )
  if (!allowed) return UNRESOLVED
  return { is: 'resolved', anchors: [String(id)], facts: { repository: clean(name, 200), ...facts } }
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
