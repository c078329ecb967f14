import { GraphQLError } from 'graphql'
import type { RailwayState, RailwayToken } from './state.ts'

/** Railway says the same of what is not there and of what is somebody else's. */
export const notAuthorized = () =>
  new GraphQLError('Not Authorized', { extensions: { code: 'INTERNAL_SERVER_ERROR' } })

/** What one token may do: anything at all in what it reaches, because its tokens know no operations. */
export class Session {
  readonly state: RailwayState
  readonly token: RailwayToken | undefined

  constructor(state: RailwayState, token: RailwayToken | undefined) {
    this.state = state
    this.token = token
  }

  /** @throws {GraphQLError} */
  known(): RailwayToken {
    if (!this.token) throw notAuthorized()
    return this.token
  }

  /** Somebody, not a project's machine. @throws {GraphQLError} */
  person(): RailwayToken {
    const token = this.known()
    if (token.type === 'project') throw notAuthorized()
    return token
  }

  mayUse(projectId: string, environmentId?: string): boolean {
    const { workspaces, at } = this.known()
    if (at) return at.projectId === projectId && (environmentId ?? at.environmentId) === at.environmentId
    const project = this.state.projects.find(({ id }) => id === projectId)
    return project !== undefined && workspaces.includes(project.workspaceId)
  }

  /** @throws {GraphQLError} */
  private must<Thing>(thing: Thing | undefined, projectId = '', environmentId?: string): Thing {
    if (thing === undefined || !this.mayUse(projectId, environmentId)) throw notAuthorized()
    return thing
  }

  project(id: string) {
    const found = this.state.projects.find((each) => each.id === id)
    return this.must(found, id)
  }

  environment(id: string) {
    const found = this.state.environments.find((each) => each.id === id)
    return this.must(found, found?.projectId, id)
  }

  service(id: string) {
    const found = this.state.services.find((each) => each.id === id)
    return this.must(found, found?.projectId)
  }

  volume(id: string) {
    const found = this.state.volumes.find((each) => each.id === id)
    return this.must(found, found?.projectId)
  }

  instance(id: string) {
    const found = this.state.volumeInstances.find((each) => each.id === id)
    if (found) this.environment(found.environmentId)
    return this.must(found, this.state.volumes.find((each) => each.id === found?.volumeId)?.projectId)
  }

  backup(instance: string, id: string) {
    this.instance(instance)
    const found = this.state.backups.find((each) => each.id === id && each.volumeInstanceId === instance)
    if (!found) throw notAuthorized()
    return found
  }

  deployment(id: string) {
    const found = this.state.deployments.find((each) => each.id === id)
    return this.must(found, found?.projectId, found?.environmentId)
  }

  domain(id: string) {
    const found = this.state.domains.find((each) => each.id === id)
    return this.must(found, found?.projectId, found?.environmentId)
  }
}
