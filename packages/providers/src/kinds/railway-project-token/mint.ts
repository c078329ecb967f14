import { ACCESS } from '@credbroker/core/access'
import { BrokerError } from '@credbroker/core/errors'
import { Secret } from '@credbroker/core/secret'
import { z } from 'zod'
import type { Minted, MintOrder, VendorIo } from '../../provider.ts'
import { ask } from './ask.ts'
import { type RailwayHandle, type RailwayRoot, type RailwaySpec, railwayId } from './root.ts'

const refused = (detail: string) => new BrokerError('reach_refused', { detail })
const environment = z.object({ environment: z.object({ id: railwayId, projectId: railwayId }) })
const created = z.object({ projectTokenCreate: z.string().regex(/^[!-~]{8,512}$/) })
const place = z.object({ projectToken: z.object({ projectId: railwayId, environmentId: railwayId }) })

/** For the one environment of the scope's projects that is the broker's environment; looked at again with the token itself (I2). */
export async function mintToken(
  root: RailwayRoot,
  spec: RailwaySpec,
  { name, within, expiresAt }: MintOrder,
  io: VendorIo,
): Promise<Minted<RailwayHandle>> {
  if (!ACCESS.every((level) => within.access.includes(level)))
    throw refused('A token of Railway knows no operations: it may do more than was decided')
  const { projectId, environmentId } = onlyPlace(spec, within.anchors)
  const as = { bearer: root.token }
  const known = await ask(
    root.origin,
    {
      query: 'query ($id: String!) { environment(id: $id) { id projectId } }',
      variables: { id: environmentId },
      form: environment,
      doing: 'to say where the environment lies',
      as,
    },
    io,
  )
  if (known.environment.id !== environmentId || known.environment.projectId !== projectId)
    throw refused('Railway has the environment in another project')
  io.signal.throwIfAborted()
  const { projectTokenCreate } = await ask(
    root.origin,
    {
      query: 'mutation ($input: ProjectTokenCreateInput!) { projectTokenCreate(input: $input) }',
      variables: { input: { projectId, environmentId, name } },
      form: created,
      doing: 'to make a token',
      as,
    },
    io,
  )
  const token = new Secret(projectTokenCreate)
  const made = await ask(
    root.origin,
    {
      query: '{ projectToken { projectId environmentId } }',
      form: place,
      doing: 'to say what the token opens',
      as: { project: token },
    },
    io,
  )
  // The lease is ended by its name, as for whatever else goes wrong from here on.
  if (made.projectToken.projectId !== projectId || made.projectToken.environmentId !== environmentId)
    throw refused('Railway made a token for another environment than was asked for')
  return {
    credential: { form: 'railway', token, origin: root.origin },
    handle: { project: projectId },
    expiresAt,
  }
}

function onlyPlace({ projects }: RailwaySpec, anchors: readonly string[]) {
  const [place, ...others] = anchors
    .map((anchor) => anchor.split('/'))
    .filter(([project = '']) => projects.includes(project))
  const [projectId, environmentId] = place ?? []
  if (projectId === undefined)
    throw refused('No project of the scope is among the anchors of the environment')
  if (environmentId === undefined || others.length > 0)
    throw refused(
      'A project token opens one environment of one project: name one project in the scope, with one environment of it among the anchors',
    )
  return { projectId, environmentId }
}
