import type { Role } from '../../session/me.ts'

/** What every object of the configuration says of itself: packages/core/src/wire/owned.ts. */
export interface ConfigObject {
  readonly name: string
  readonly source: 'files' | 'api'
  readonly disabled: boolean
  readonly tampered: boolean
  readonly revision: string
}

export interface Kind {
  /** Of the API and of the pages: `/v1/agents`, `/agents`. */
  readonly collection: 'environments' | 'roots' | 'scopes' | 'issuers' | 'agents' | 'teams' | 'users'
  /** `agent`, after `the` and `an`. */
  readonly one: string
  readonly a: 'a' | 'an'
  readonly title: string
  readonly lead: string
  /** Who may disable one. */
  readonly disabledBy: Role
  /** What is over once one is disabled. */
  readonly ends: string
}

export const ENVIRONMENTS: Kind = {
  collection: 'environments',
  one: 'environment',
  a: 'an',
  title: 'Environments',
  lead: 'What belongs together at the vendors. An anchor claims one thing there for one environment; what nobody claims, nobody reaches.',
  disabledBy: 'operator',
  ends: 'Nothing can be granted, minted or called in it any more. Its tasks end, and what was minted there is revoked.',
}

export const ROOTS: Kind = {
  collection: 'roots',
  one: 'root',
  a: 'a',
  title: 'Roots',
  lead: 'Long-lived credentials that only the broker holds. They go in and never come out.',
  disabledBy: 'operator',
  ends: 'Nothing is minted or called with it any more, and what lives under it is revoked. At its vendor the credential stays alive: end it there.',
}

export const SCOPES: Kind = {
  collection: 'scopes',
  one: 'scope',
  a: 'a',
  title: 'Scopes',
  lead: 'Named slices of a root, each in one environment. Agents ask for them by name.',
  disabledBy: 'operator',
  ends: 'No task gets it any more. Its grants end, and what was minted for it is revoked.',
}

export const AGENTS: Kind = {
  collection: 'agents',
  one: 'agent',
  a: 'an',
  title: 'Agents',
  lead: 'Software that acts for its owner. What it may do is decided anew for each task.',
  disabledBy: 'operator',
  ends: 'It can do nothing any more. Its tasks end, and what was minted for it is revoked.',
}

export const ISSUERS: Kind = {
  collection: 'issuers',
  one: 'issuer',
  a: 'an',
  title: 'Issuers',
  lead: 'Platforms whose word is taken for who an agent is. They come by files.',
  disabledBy: 'operator',
  ends: 'Nobody signs in by its word any more. The agents that it vouches for need keys of their own, or another issuer.',
}

export const TEAMS: Kind = {
  collection: 'teams',
  one: 'team',
  a: 'a',
  title: 'Teams',
  lead: 'Groups of agents, for policies to name.',
  disabledBy: 'operator',
  ends: 'It is marked as out of use. Agents in it keep what policies give to the team, until one of both changes.',
}

export const USERS: Kind = {
  collection: 'users',
  one: 'user',
  a: 'a',
  title: 'Users',
  lead: 'People who look, run, approve or administer. Each agent and each root has one who answers for it.',
  disabledBy: 'admin',
  ends: 'They cannot sign in any more, and their sessions end. Roots and agents that they own give nothing until somebody else owns them.',
}
