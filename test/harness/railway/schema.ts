import { SDL } from '@credbroker/connectors/railway/pinned/schema.gen'
import { buildSchema, extendSchema, parse } from 'graphql'

/**
 * What the vendor has beside the pinned schema: fields that lead from one thing to another, and operations that nobody has
 * classified. Spelled as in the vendor's published schema.
 */
const VENDOR = `
  extend type Query {
    me: User!
    apiToken: ApiTokenContext!
    projectToken: ProjectToken!
    projectTokens(after: String, before: String, first: Int, last: Int, projectId: String!): QueryProjectTokensConnection!
    projects(after: String, before: String, first: Int, includeDeleted: Boolean, last: Int, userId: String, workspaceId: String): QueryProjectsConnection!
    environments(after: String, before: String, first: Int, isEphemeral: Boolean, last: Int, projectId: String!): QueryEnvironmentsConnection!
    externalWorkspaces(projectId: String): [ExternalWorkspace!]!
    customDomain(id: String!, projectId: String!): CustomDomain!
  }
  extend type Mutation {
    environmentCreate(input: EnvironmentCreateInput!): Environment!
    projectTokenCreate(input: ProjectTokenCreateInput!): String!
    projectTokenDelete(id: String!): Boolean!
    apiTokenCreate(input: ApiTokenCreateInput!): String!
  }
  extend type Project {
    environments(after: String, before: String, first: Int, isEphemeral: Boolean, last: Int): ProjectEnvironmentsConnection!
    volumes(after: String, before: String, first: Int, last: Int): ProjectVolumesConnection!
    services(after: String, before: String, first: Int, last: Int): ProjectServicesConnection!
  }
  extend type Environment {
    volumeInstances(after: String, before: String, first: Int, last: Int): EnvironmentVolumeInstancesConnection!
  }
  extend type Volume {
    volumeInstances(after: String, before: String, first: Int, last: Int): VolumeVolumeInstancesConnection!
  }
  type User { id: ID! name: String email: String! }
  type ApiTokenContext { workspaces: [ApiTokenWorkspace!]! }
  type ApiTokenWorkspace { id: String! name: String! }
  type ProjectToken { id: ID! name: String! projectId: String! environmentId: String! displayToken: String! createdAt: DateTime! }
  type ExternalWorkspace { id: String! name: String! projects: [Project!]! }
  input EnvironmentCreateInput { name: String! projectId: String! }
  input ProjectTokenCreateInput { environmentId: String! name: String! projectId: String! }
  input ApiTokenCreateInput { name: String! workspaceId: String }
  ${[
    'QueryProjects:Project',
    'QueryEnvironments:Environment',
    'QueryProjectTokens:ProjectToken',
    'ProjectEnvironments:Environment',
    'ProjectVolumes:Volume',
    'ProjectServices:Service',
    'EnvironmentVolumeInstances:VolumeInstance',
    'VolumeVolumeInstances:VolumeInstance',
  ]
    .map((pair) => pair.split(':'))
    .map(
      ([name, node]) => `
  type ${name}Connection { edges: [${name}ConnectionEdge!]! pageInfo: PageInfo! }
  type ${name}ConnectionEdge { cursor: String! node: ${node}! }`,
    )
    .join('')}
`

export const railwaySchema = extendSchema(buildSchema(SDL), parse(VENDOR))
