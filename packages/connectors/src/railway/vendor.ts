import { z } from 'zod'
import type { UpstreamReader } from '../request.ts'
import { asker, Unplaced } from './ask.ts'
import { railwayId } from './spec.ts'

/** A place: an environment of a project. */
export interface Place {
  readonly project: string
  readonly environment: string
}

export interface VolumeInstance extends Place {
  readonly volume: string
  readonly name: string
  readonly instance: string
  /** Which it is mounted in, where it is in any. */
  readonly service: string | undefined
}

const PAGE = 100
const page = <Node extends z.ZodType>(node: Node) =>
  z.object({
    edges: z.array(z.object({ node })),
    pageInfo: z.object({ hasNextPage: z.literal(false) }),
  })
const PAGED = 'pageInfo { hasNextPage }'

const environment = z.object({ id: railwayId, projectId: railwayId })
const deployment = z.object({ id: railwayId, projectId: railwayId, environmentId: railwayId })
const volumeInstance = z.object({
  id: railwayId,
  environmentId: railwayId,
  volume: z.object({ projectId: railwayId, name: z.string().max(1000) }),
})
const project = z.object({
  id: railwayId,
  volumes: page(
    z.object({
      id: railwayId,
      name: z.string().max(1000),
      volumeInstances: page(
        z.object({ id: railwayId, environmentId: railwayId, serviceId: railwayId.nullish() }),
      ),
    }),
  ),
})
const backups = z.array(z.object({ id: z.string(), createdAt: z.iso.datetime({ offset: true }) }))

/** What the vendor says about ids. Each answer must be about the id that was asked for; anything else is {@link Unplaced}. */
export function askVendor(reader: UpstreamReader, fresh: boolean) {
  const question = asker(reader, fresh)
  const ask = <T>(form: z.ZodType<T>, field: string, given: Record<string, string>, select: string) =>
    question({ form, field, given, select })
  const about = <T extends { readonly id: string }>(id: string, answer: T): T => {
    if (answer.id !== id) throw new Unplaced()
    return answer
  }

  return {
    async environment(id: string): Promise<Place> {
      const { projectId } = about(id, await ask(environment, 'environment', { id }, 'id projectId'))
      return { project: projectId, environment: id }
    },
    /** The project of a service. */
    async service(id: string): Promise<string> {
      return about(id, await ask(environment, 'service', { id }, 'id projectId')).projectId
    },
    async deployment(id: string): Promise<Place> {
      const found = about(id, await ask(deployment, 'deployment', { id }, 'id projectId environmentId'))
      return { project: found.projectId, environment: found.environmentId }
    },
    async volumeInstance(id: string): Promise<Place & { readonly name: string }> {
      const select = 'id environmentId volume { projectId name }'
      const found = about(id, await ask(volumeInstance, 'volumeInstance', { id }, select))
      const { projectId: project, name } = found.volume
      return { project, environment: found.environmentId, name }
    },
    async domain(id: string, projectId: string): Promise<Place> {
      const found = about(
        id,
        await ask(deployment, 'customDomain', { id, projectId }, 'id projectId environmentId'),
      )
      return { project: found.projectId, environment: found.environmentId }
    },
    /** Every instance of every volume of a project, in whichever environment. */
    async volumesOf(projectId: string): Promise<readonly VolumeInstance[]> {
      const node = 'id environmentId serviceId'
      const instances = `volumeInstances(first: ${PAGE}) { edges { node { ${node} } } ${PAGED} }`
      const select = `id volumes(first: ${PAGE}) { edges { node { id name ${instances} } } ${PAGED} }`
      const { volumes } = about(projectId, await ask(project, 'project', { id: projectId }, select))
      return volumes.edges.flatMap(({ node: { id, name, volumeInstances } }) =>
        volumeInstances.edges.map(({ node }) => ({
          project: projectId,
          environment: node.environmentId,
          volume: id,
          name,
          instance: node.id,
          service: node.serviceId ?? undefined,
        })),
      )
    },
    backups: (volumeInstanceId: string) =>
      ask(backups, 'volumeInstanceBackupList', { volumeInstanceId }, 'id createdAt'),
  }
}

export type Vendor = ReturnType<typeof askVendor>
