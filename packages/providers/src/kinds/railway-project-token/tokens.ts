import { BrokerError } from '@credbroker/core/errors'
import { z } from 'zod'
import type { VendorIo } from '../../provider.ts'
import { ask, type Sparing } from './ask.ts'
import type { RailwayRoot } from './root.ts'

export interface ProjectToken {
  readonly id: string
  readonly name: string
}

/** Projects that are asked about in one question. */
const AT_ONCE = 20
/** For one look. */
const MOST_QUESTIONS = 50

const page = z.object({
  edges: z.array(
    z.object({ node: z.object({ id: z.string().min(1).max(100), name: z.string().max(1000) }) }),
  ),
  pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().min(1).nullish() }),
})
const pages = z.record(z.string(), page)

/** The tokens of projects, which Railway lists without what they open. @throws {BrokerError} where not all can be read */
export async function tokensOf(
  { token, origin }: RailwayRoot,
  projects: readonly string[],
  io: VendorIo,
  sparing?: Sparing,
): Promise<readonly ProjectToken[]> {
  const found: ProjectToken[] = []
  let left: { readonly project: string; readonly after?: string }[] = projects.map((project) => ({ project }))
  for (let number = 0; left.length > 0 && number < MOST_QUESTIONS; number++) {
    const now = left.slice(0, AT_ONCE)
    const variables = Object.fromEntries(
      now.flatMap(({ project, after }, at) => [
        [`p${at}`, project],
        ...(after === undefined ? [] : [[`a${at}`, after]]),
      ]),
    )
    const declared = now.map((_, at) => `$p${at}: String!, $a${at}: String`).join(', ')
    const fields = now.map(
      (_, at) =>
        `t${at}: projectTokens(projectId: $p${at}, after: $a${at}, first: 100) { edges { node { id name } } pageInfo { hasNextPage endCursor } }`,
    )
    const query = `query (${declared}) { ${fields.join(' ')} }`
    const answer = await ask(
      origin,
      { query, variables, form: pages, doing: 'to list tokens', as: { bearer: token }, sparing },
      io,
    )
    const more: typeof left = []
    for (const [at, { project, after }] of now.entries()) {
      const listed = answer[`t${at}`]
      if (!listed) throw unread()
      found.push(...listed.edges.map(({ node }) => node))
      const { hasNextPage, endCursor } = listed.pageInfo
      if (!hasNextPage) continue
      if (!endCursor || endCursor === after) throw unread()
      more.push({ project, after: endCursor })
    }
    left = [...left.slice(AT_ONCE), ...more]
  }
  if (left.length > 0) throw unread()
  return found
}

/** What is not in half a list may be in the other half. */
const unread = () => new BrokerError('vendor_refused', { detail: 'Railway did not list all tokens' })

export async function removeToken({ token, origin }: RailwayRoot, id: string, io: VendorIo): Promise<void> {
  await ask(
    origin,
    {
      query: 'mutation ($id: String!) { projectTokenDelete(id: $id) }',
      variables: { id },
      form: z.object({ projectTokenDelete: z.literal(true) }),
      doing: 'to delete a token',
      as: { bearer: token },
    },
    io,
  )
}
