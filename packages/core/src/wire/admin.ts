import { z } from 'zod'
import { configDocument, policySource, ROLES } from '../config/document.ts'
import { access, json, name, side, tier, timestamp } from '../names.ts'
import { breakGlassView } from './break-glass.ts'
import { owned } from './owned.ts'
import { signedIn } from './people.ts'
import { trustRuleView } from './trust.ts'

/** `agent:NAME` or `user:NAME`. */
export const principal = z.string().regex(/^(agent|user):[a-z][a-z0-9-]{0,47}$/)

export const publicJwk = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  y: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
})

/** POST /v1/enrolments: a one-time token and the public half of a key that never leaves its machine; the DPoP proof shows possession. */
export const enrolmentRequest = z.strictObject({ token: z.string().max(200), key: publicJwk })
export const enrolmentAnswer = z.strictObject({ principal, ends_at: timestamp })

/** POST /v1/agents/:name/invitations, POST /v1/users/:name/invitations. The token is shown once. */
export const invitation = z.strictObject({
  token: z.string(),
  principal,
  ends_at: timestamp,
  /** For a user: the page that registers their first passkey, with the token after `#`. */
  link: z.string().optional(),
})

export const whoami = z.strictObject({
  principal,
  roles: z.array(z.enum(ROLES)).optional(),
  owner: name.optional(),
  task: z.string().optional(),
  environment: name.optional(),
  key_ends_at: timestamp.optional(),
  session: signedIn.optional(),
  /** Where the caller may see it: what is broken at the moment. */
  break_glass: z.array(breakGlassView).optional(),
})

export const environmentView = z.strictObject({
  name,
  tier,
  backups: z.array(name),
  recovery_group: z.string(),
  anchors: z.array(z.strictObject({ vendor: z.string(), id: z.string(), shared: z.boolean() })),
  /** Policy gives way for these agents until then. */
  break_glass: z.array(breakGlassView),
  ...owned,
})

export const finding = z.strictObject({
  level: z.enum(['unsafe', 'over-broad', 'advice']),
  code: z.string(),
  message: z.string(),
})

export const ROOT_STATES = ['usable', 'spanning', 'unusable'] as const

/** A root as anyone may see it. There is no field, here or elsewhere, that carries the credential (I1). */
export const rootView = z.strictObject({
  name,
  provider: z.string(),
  state: z.enum(ROOT_STATES),
  environments: z.array(name),
  identity: z.string(),
  reach: z.array(z.string()),
  /** Reach that no environment's anchor claims. */
  unclaimed: z.array(z.string()),
  findings: z.array(finding),
  owner: name,
  service: z.string().optional(),
  on_call: z.string().optional(),
  recovery: z.strictObject({
    backups: z.string().optional(),
    authority: z.string().optional(),
    lastRestoreTest: z.string().optional(),
    separateAuthority: z.boolean(),
  }),
  version: z.number().int(),
  /** HMAC under a key of this deployment: equal for equal credentials, useless elsewhere. */
  fingerprint: z.string(),
  /** When the credential in use was stored: a rotation begins its age anew. */
  added_at: timestamp,
  checked_at: timestamp,
  /** The credential in use was found where it should not be. Absent where nobody told of that. */
  leaked: z
    .strictObject({
      first_at: timestamp,
      last_at: timestamp,
      reports: z.number().int(),
      /** Who told of it last, where that is known. */
      by: principal.optional(),
    })
    .optional(),
  /** When anything of its scopes was last minted or called. Absent where nobody ever did. */
  last_used_at: timestamp.optional(),
  /** What the broker can do at the vendor; `retire`: end a credential that another one replaced. */
  capabilities: z.array(z.enum(['revoke', 'sweep', 'rotate', 'retire'])),
  ...owned,
})
export type RootView = z.infer<typeof rootView>

/** POST /v1/roots. `secret` is the provider's root document; it goes in and never comes out. */
export const rootRequest = z.strictObject({
  name,
  provider: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
  environment: name.optional(),
  owner: name,
  service: z.string().max(200).optional(),
  on_call: z.string().max(200).optional(),
  recovery: z
    .strictObject({
      backups: z.string().max(500).optional(),
      authority: z.string().max(200).optional(),
      lastRestoreTest: z.iso.date().optional(),
      separateAuthority: z.boolean().optional(),
    })
    .default({}),
  secret: json,
})

export const scopeView = z.strictObject({
  name,
  root: name,
  environment: name,
  provider: z.string(),
  side,
  max_ttl_seconds: z.number().int(),
  declared_access: z.array(access),
  access: z.array(access),
  evidence: z.array(z.strictObject({ access, because: z.string() })),
  allow: z.record(z.string(), json),
  /** Absent where nothing is minted. */
  form: z.string().optional(),
  /** Which connector reads the calls, where the broker makes them itself. */
  connector: z.string().optional(),
  /** When it was last minted or called. Absent where nobody ever did. */
  last_used_at: timestamp.optional(),
  ...owned,
})

export const agentView = z.strictObject({
  name,
  owner: name,
  teams: z.array(name),
  tool: z.string().optional(),
  model: z.string().optional(),
  max_task_seconds: z.number().int(),
  keys: z.array(
    z.strictObject({
      jkt: z.string(),
      created_at: timestamp,
      ends_at: timestamp,
      /** The issuer by whose word it was lent; absent where it was enrolled. */
      lent_by: name.optional(),
    }),
  ),
  trust: z.array(trustRuleView),
  ...owned,
})

export const userView = z.strictObject({
  name,
  roles: z.array(z.enum(ROLES)),
  invited_by: z.string().optional(),
  ...owned,
})
export const teamView = z.strictObject({
  name,
  description: z.string().optional(),
  agents: z.array(name),
  ...owned,
})
export const policyView = z.strictObject({
  name: z.string(),
  text: z.string(),
  guardrail: z.boolean(),
  ...owned,
})

/** POST /v1/plan and /v1/apply: what the files say, whole. */
export const applyRequest = z.strictObject({
  config: configDocument,
  policies: z.array(policySource).max(1000).default([]),
  /** Root documents, by root name, for roots that are new or whose `needs_secret` the plan named. */
  secrets: z.record(name, json).default({}),
  /** From the plan: apply only what was shown. */
  expected_version: z.number().int().optional(),
})

export const change = z.strictObject({
  kind: z.enum(['environment', 'user', 'team', 'issuer', 'agent', 'root', 'scope', 'policy']),
  name: z.string(),
  action: z.enum(['create', 'update', 'remove']),
  fields: z.array(z.strictObject({ field: z.string(), from: json.optional(), to: json.optional() })),
  /** I4c: it widens what a protected environment allows, so a person has to approve it once approvers exist. */
  approval: z.boolean(),
})
export type ConfigChange = z.infer<typeof change>

export const plan = z.strictObject({
  version: z.number().int(),
  changes: z.array(change),
  needs_secret: z.array(name),
  warnings: z.array(z.strictObject({ at: z.string(), message: z.string() })),
})
export type Plan = z.infer<typeof plan>

export const freezeRequest = z.union([
  z.strictObject({ all: z.literal(true), reason: z.string().max(200).optional() }),
  z.strictObject({ environment: name, reason: z.string().max(200).optional() }),
  z.strictObject({ agent: name, reason: z.string().max(200).optional() }),
])
export const freezeView = z.strictObject({
  target: z.string(),
  by: z.string(),
  at: timestamp,
  reason: z.string().optional(),
})

export const auditPage = z.strictObject({
  entries: z.array(z.strictObject({ index: z.number().int(), record: z.string() })),
  next: z.number().int(),
  size: z.number().int(),
})

export const checkpointView = z.strictObject({
  note: z.string(),
  size: z.number().int(),
  public_key: z.string(),
  name: z.string(),
  /** Where checkpoints are kept outside the database; without one, a rollback of the database goes unnoticed. */
  sinks: z.array(z.string()),
})

export const page = <Item extends z.ZodType>(item: Item) =>
  z.strictObject({ items: z.array(item), next_cursor: z.string().optional() })
