import { z } from 'zod'
import { ACCESS } from '../access.ts'
import { ROLES } from '../config/document.ts'
import { access, name, tier, timestamp } from '../names.ts'
import { principal } from './admin.ts'

/** A cell that is not listed is `no`. */
const answer = z.enum(['with-approval', 'yes'])
const approval = z.enum(['passkey', 'two-person'])

/**
 * What a question about agent and scope leaves open: the agent's own words and wishes, the moment, the place, the very call. A
 * policy may look at them.
 */
export const CONDITIONS = ['purpose', 'ticket', 'ttl', 'time', 'source', 'scan', 'call'] as const
export type Condition = (typeof CONDITIONS)[number]

/** One scope that gives one level to one agent. */
export const wayView = z.strictObject({
  scope: name,
  answer,
  /** Who has to approve, where somebody has to. */
  approval: approval.optional(),
  /** Ids of the policies that decide it, guardrails among them. */
  policies: z.array(z.string()),
  /** Only these operations: policy denies the level and permits them by name. */
  operations: z.array(z.string()).optional(),
  /** A plain task gets less: it depends on these too. */
  conditions: z.array(z.enum(CONDITIONS)).optional(),
  /** Only as long as this break-glass lasts. */
  break_glass: z.string().optional(),
  /** A credential of the scope was last minted for the agent, or a call through it last sent. Null: never. */
  last_used: timestamp.nullable(),
})
export type WayView = z.infer<typeof wayView>

/** The best of its ways. */
export const agentCell = z.strictObject({
  environment: name,
  access,
  answer,
  approval: approval.optional(),
  last_used: timestamp.nullable(),
  ways: z.array(wayView),
})
export type AgentCell = z.infer<typeof agentCell>

/** Access that could be taken away: never used, or not for as long as was asked about. */
export const unusedAccess = z.strictObject({
  scope: name,
  environment: name,
  access: z.array(access),
  answer,
  policies: z.array(z.string()),
  last_used: timestamp.nullable(),
})
export type UnusedAccess = z.infer<typeof unusedAccess>

/** Why an agent gets nothing at all at the moment. */
export const STOPPED = ['disabled', 'owner_disabled', 'frozen', 'tampered'] as const

export const agentRow = z.strictObject({
  kind: z.literal('agent'),
  principal,
  owner: name,
  teams: z.array(name),
  tool: z.string().optional(),
  model: z.string().optional(),
  stopped: z.enum(STOPPED).optional(),
  cells: z.array(agentCell),
  unused: z.array(unusedAccess),
})
export type AgentRow = z.infer<typeof agentRow>

/** By what a person brings something about. */
export const MEANS = ['owns-agent', 'configuration', 'break-glass', 'approves'] as const

/** What one person could bring about in one environment; people do not call vendors themselves. */
export const userCell = z.strictObject({
  environment: name,
  access,
  answer,
  because: z.array(
    z.strictObject({
      means: z.enum(MEANS),
      answer,
      /** One sentence for people. */
      reason: z.string(),
      /** Of `owns-agent`: through which. */
      agent: name.optional(),
    }),
  ),
})
export type UserCell = z.infer<typeof userCell>

export const userRow = z.strictObject({
  kind: z.literal('user'),
  principal,
  roles: z.array(z.enum(ROLES)),
  /** Has a passkey, without which nobody approves or breaks the glass. */
  passkey: z.boolean(),
  owns: z.array(name),
  stopped: z.enum(STOPPED).optional(),
  cells: z.array(userCell),
})
export type UserRow = z.infer<typeof userRow>

/** The columns: each of these by each access level. */
export const columnView = z.strictObject({
  name,
  tier,
  /** Why nothing in it is given at the moment. */
  stopped: z.enum(STOPPED).optional(),
})

/** GET /v1/reports/who-has-write: agents first, then people, each by name. */
export const whoHasWrite = z.strictObject({
  /** As of when, and of which version of the configuration. */
  at: timestamp,
  version: z.number().int(),
  unused_days: z.number().int(),
  environments: z.array(columnView),
  access: z.array(z.enum(ACCESS)),
  items: z.array(z.discriminatedUnion('kind', [agentRow, userRow])),
  next_cursor: z.string().optional(),
})
export type WhoHasWrite = z.infer<typeof whoHasWrite>
