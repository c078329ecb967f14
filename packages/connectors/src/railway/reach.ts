import { z } from 'zod'
import type { Reach } from '../connector.ts'
import type { UpstreamReader } from '../request.ts'
import { type Ask, asker, type Question, Unplaced } from './ask.ts'
import type { RailwayRoot } from './root.ts'
import { railwayId } from './spec.ts'

/** More than that are not asked for; what was not read is said to be missing. */
const QUESTIONS = 60
const id = z.object({ id: railwayId })
const pageInfo = z.object({ hasNextPage: z.boolean(), endCursor: z.string().min(1).nullish() })
const pageOf = <Node extends z.ZodType>(node: Node) =>
  z.object({ edges: z.array(z.object({ node })), pageInfo })
const environments = pageOf(id)
const projects = pageOf(z.object({ id: railwayId, environments }))

const PAGED = 'pageInfo { hasNextPage endCursor }'
const ENVIRONMENTS = `edges { node { id } } ${PAGED}`
const PROJECTS = `edges { node { id environments(first: 100) { ${ENVIRONMENTS} } } } ${PAGED}`

const named = z.object({ id: z.string().min(1).max(100), name: z.string().max(1000).nullish() })
const whoIs = ({ id, name }: z.infer<typeof named>) => (name ? `${name} (${id})` : id)

/**
 * What a token reaches, by Railway's own word: a project token its one environment; an account or workspace token every
 * environment of every project there. What could not be read to its end is not complete.
 */
export async function railwayReach({ type }: RailwayRoot, reader: UpstreamReader): Promise<Reach> {
  const ask = asker(reader, true)
  try {
    return await (type === 'project' ? ofProjectToken(ask) : ofPeople(ask, type))
  } catch (error) {
    if (!(error instanceof Unplaced)) throw error
    return { reach: [], complete: false, identity: 'unknown', findings: [] }
  }
}

async function ofProjectToken(ask: Ask): Promise<Reach> {
  const form = z.object({ ...named.shape, projectId: railwayId, environmentId: railwayId })
  const found = await ask({ form, field: 'projectToken', select: 'id name projectId environmentId' })
  return {
    reach: [`${found.projectId}/${found.environmentId}`],
    complete: true,
    identity: `project token ${whoIs(found)}`,
    findings: [],
  }
}

async function ofPeople(ask: Ask, type: 'account' | 'workspace'): Promise<Reach> {
  const form = z.object({ workspaces: z.array(named).max(100) })
  const { workspaces } = await ask({ form, field: 'apiToken', select: 'workspaces { id name }' })
  const found: Found = { reach: [], complete: true, left: QUESTIONS }
  for (const { id: workspaceId } of workspaces) await readProjects(ask, { workspaceId }, found)
  const names = workspaces.map(whoIs).join(', ')
  if (type === 'workspace') {
    const complete = found.complete && workspaces.length > 0
    return {
      reach: found.reach,
      complete,
      identity: `workspace ${names || 'unknown'}`,
      findings: [WORKSPACE],
    }
  }
  // Of its own, and of others who have invited its user.
  await readProjects(ask, {}, found)
  await readExternal(ask, found)
  const me = await ask({ form: named, field: 'me', select: 'id name' })
  const identity = `account ${whoIs(me)}${names && `, of ${names}`}`
  return { reach: found.reach, complete: found.complete, identity, findings: [ACCOUNT] }
}

const WORKSPACE = {
  level: 'over-broad',
  code: 'workspace-token',
  message:
    'This token is an administrator of its workspace, in every project there. A project token reaches one environment.',
} as const
const ACCOUNT = {
  level: 'over-broad',
  code: 'account-token',
  message:
    'This token may do all that its user may do, in every workspace. A project token reaches one environment.',
} as const

interface Found {
  readonly reach: string[]
  complete: boolean
  /** How many pages may still be asked for. */
  left: number
}

async function readProjects(ask: Ask, given: Readonly<Record<string, string>>, found: Found): Promise<void> {
  const question = { form: projects, field: 'projects', given, more: 'first: 50', select: PROJECTS }
  await eachPage(ask, question, found, async (project) => {
    add(found, project.id, project.environments.edges)
    if (!project.environments.pageInfo.hasNextPage) return
    const rest = { form: environments, field: 'environments', more: 'first: 100', select: ENVIRONMENTS }
    const add_ = async (node: { readonly id: string }) => add(found, project.id, [{ node }])
    await eachPage(ask, { ...rest, given: { projectId: project.id } }, found, add_)
  })
}

async function readExternal(ask: Ask, found: Found): Promise<void> {
  const form = z.array(z.object({ projects: z.array(id) }))
  const others = await ask({ form, field: 'externalWorkspaces', select: 'projects { id }' })
  const rest = { form: environments, field: 'environments', more: 'first: 100', select: ENVIRONMENTS }
  for (const { id: project } of others.flatMap((each) => each.projects)) {
    const add_ = async (node: { readonly id: string }) => add(found, project, [{ node }])
    await eachPage(ask, { ...rest, given: { projectId: project } }, found, add_)
  }
}

/** A project without environments is reached all the same. */
function add(
  found: Found,
  project: string,
  edges: readonly { readonly node: { readonly id: string } }[],
): void {
  if (edges.length === 0) found.reach.push(project)
  for (const { node } of edges) found.reach.push(`${project}/${node.id}`)
}

interface Page<Node> {
  readonly edges: readonly { readonly node: Node }[]
  readonly pageInfo: z.infer<typeof pageInfo>
}

async function eachPage<Node>(
  ask: Ask,
  question: Question<Page<Node>>,
  found: Found,
  use: (node: Node) => Promise<void>,
): Promise<void> {
  let after: string | undefined
  while (found.left > 0) {
    found.left -= 1
    const given = { ...question.given, ...(after !== undefined && { after }) }
    const page = await ask({ ...question, given })
    for (const { node } of page.edges) await use(node)
    if (!page.pageInfo.hasNextPage) return
    // A list that goes on and does not say where, or says what it said before, is at its end for us.
    if (!page.pageInfo.endCursor || page.pageInfo.endCursor === after) break
    after = page.pageInfo.endCursor
  }
  found.complete = false
}
