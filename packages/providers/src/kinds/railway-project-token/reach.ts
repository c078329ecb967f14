import { z } from 'zod'
import type { Finding, Inspection, VendorIo } from '../../provider.ts'
import { ask, type Sparing } from './ask.ts'
import { type RailwayRoot, railwayId } from './root.ts'

const MOST_PAGES = 20
const id = z.object({ id: railwayId })
const project = z.object({
  id: railwayId,
  environments: z.object({
    edges: z.array(z.object({ node: id })),
    pageInfo: z.object({ hasNextPage: z.boolean() }),
  }),
})
const ENVIRONMENTS = 'id environments(first: 100) { edges { node { id } } pageInfo { hasNextPage } }'
const page = z.object({
  projects: z.object({
    edges: z.array(z.object({ node: project })),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().min(1).nullish() }),
  }),
})
const named = z.object({ id: z.string().min(1).max(100), name: z.string().max(1000).nullish() })
const workspaces = z.object({ apiToken: z.object({ workspaces: z.array(named).max(100) }) })

interface Reached {
  readonly projects: ReadonlyMap<string, readonly string[]>
  readonly complete: boolean
  readonly workspace: z.infer<typeof named> | undefined
}

/** Every environment of every project of the one workspace of the token. More than can be read is not complete. */
export async function reached(
  { token, origin }: RailwayRoot,
  io: VendorIo,
  sparing?: Sparing,
): Promise<Reached> {
  const as = { bearer: token }
  const { apiToken } = await ask(
    origin,
    {
      query: '{ apiToken { workspaces { id name } } }',
      form: workspaces,
      doing: 'to say whose token it is',
      as,
      sparing,
    },
    io,
  )
  const [workspace, ...others] = apiToken.workspaces
  const projects = new Map<string, readonly string[]>()
  let complete = workspace !== undefined && others.length === 0
  let after: string | undefined
  for (let number = 0; workspace !== undefined; number++) {
    const query = `query ($workspaceId: String!, $after: String) { projects(workspaceId: $workspaceId, after: $after, first: 50) {
      edges { node { ${ENVIRONMENTS} } } pageInfo { hasNextPage endCursor } } }`
    const variables = { workspaceId: workspace.id, ...(after !== undefined && { after }) }
    const found = await ask(
      origin,
      { query, variables, form: page, doing: 'to list projects', as, sparing },
      io,
    )
    for (const { node } of found.projects.edges) {
      projects.set(
        node.id,
        node.environments.edges.map((each) => each.node.id),
      )
      complete &&= !node.environments.pageInfo.hasNextPage
    }
    const { hasNextPage, endCursor } = found.projects.pageInfo
    if (!hasNextPage) break
    if (!endCursor || endCursor === after || number === MOST_PAGES) {
      complete = false
      break
    }
    after = endCursor
  }
  return { projects, complete, workspace }
}

export const anchorsOf = (projects: Reached['projects']): string[] =>
  [...projects]
    .flatMap(([project, all]) => (all.length > 0 ? all.map((each) => `${project}/${each}`) : [project]))
    .sort()

export async function inspectRoot(root: RailwayRoot, io: VendorIo): Promise<Inspection> {
  const found = await reached(root, io)
  const person = await isPerson(root, io)
  const { id = 'unknown', name } = found.workspace ?? {}
  return {
    reach: anchorsOf(found.projects),
    complete: found.complete && !person,
    identity: `workspace ${name ? `${name} (${id})` : id}`,
    findings: person ? [ACCOUNT] : [],
  }
}

/** Railway tells an account token who it is, and a workspace token that it is nobody. */
const isPerson = ({ token, origin }: RailwayRoot, io: VendorIo): Promise<boolean> =>
  ask(
    origin,
    {
      query: '{ me { id } }',
      form: z.object({ me: z.object({ id: z.string() }) }),
      doing: 'to say who this is',
      as: { bearer: token },
    },
    io,
  ).then(
    () => true,
    (error: { readonly code?: string }) => {
      if (error.code === 'vendor_unavailable') throw error
      return false
    },
  )

const ACCOUNT: Finding = {
  level: 'over-broad',
  code: 'account-token',
  message:
    'This token may do all that its user may do, in every workspace. Make one for the workspace alone.',
}
