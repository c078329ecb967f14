import { z } from 'zod'
import { access, durationSeconds, freeText, json, name, side, tier } from '../names.ts'
import { issuer, trustRule } from './trust.ts'

/** One vendor-side identity, `{ vendor: anchor }`, and whether several environments may share it. */
const anchor = z.strictObject({
  vendor: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
  id: z
    .string()
    .min(1)
    .max(512)
    .regex(/^[!-~]+$/, 'printable ASCII without spaces'),
  shared: z.boolean().default(false),
})

export const environment = z.strictObject({
  tier: tier.default('protected'),
  /** Environments that hold the backups of this one. Together they are one recovery group (I5). */
  backups: z.array(name).max(8).default([]),
  anchors: z.array(anchor).max(64).default([]),
})

/** Where the data can be got back from, should this root be lost or abused. Shown to approvers. */
export const recovery = z.strictObject({
  backups: freeText(500).optional(),
  authority: freeText(200).optional(),
  lastRestoreTest: z.iso.date().optional(),
  /** The backups survive whatever this root can do: they are under an authority of their own. Left out, they do not. */
  separateAuthority: z.boolean().optional(),
})

const root = z.strictObject({
  provider: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
  /** Absent for a root that spans environments: usable through the gateway only. */
  environment: name.optional(),
  owner: name,
  service: freeText(200).optional(),
  onCall: freeText(200).optional(),
  recovery: recovery.default({}),
  /** `file:/absolute/path` outside any git tree, or `stdin`. A reference, never a value. */
  secret: z
    .string()
    .regex(/^(stdin|file:\/.{1,1000})$/, '`stdin` or `file:/absolute/path`')
    .optional(),
  /** In place of a secret, where the vendor trusts the broker's issuer: which identities there, in the words of the provider. */
  federated: z.record(z.string(), json).optional(),
})

export const scope = z.strictObject({
  root: name,
  environment: name,
  side: side.default('primary'),
  maxTtl: durationSeconds.default(900),
  /** Raises what the provider computes from the vendor's catalogue; it can never lower it (I4b). */
  access: z.array(access).max(6).default([]),
  /**
   * Which connector reads the calls, where the broker makes them itself. Left out, it is the kind of the root where that is a
   * connector; otherwise credentials are minted.
   */
  connector: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/)
    .optional(),
  /** What may be done, in the words of the root's provider, or of the connector. */
  allow: z.record(z.string(), json),
})

export const agent = z.strictObject({
  owner: name,
  teams: z.array(name).max(16).default([]),
  tool: freeText(80).optional(),
  model: freeText(80).optional(),
  maxTask: durationSeconds.default(8 * 3600),
  /** Which workloads are this agent, by the word of their platform: no key is enrolled for them. */
  trust: z.array(trustRule).max(32).default([]),
})

export const ROLES = ['viewer', 'operator', 'approver', 'admin'] as const
export type Role = (typeof ROLES)[number]

export const user = z.strictObject({ roles: z.array(z.enum(ROLES)).max(4).default(['viewer']) })
export const team = z.strictObject({ description: freeText(200).optional() })

const record = <Value extends z.ZodType>(value: Value) => z.record(name, value).default({})

/** `broker.yaml`. Unknown fields are errors; what is left out takes the safest default. */
export const configDocument = z.strictObject({
  version: z.literal(1),
  environments: record(environment),
  users: record(user),
  teams: record(team),
  issuers: record(issuer),
  agents: record(agent),
  roots: record(root),
  scopes: record(scope),
})

export type ConfigDocument = z.infer<typeof configDocument>
export type ConfigInput = z.input<typeof configDocument>

/** One file of `policies/*.cedar`. */
export const policySource = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,79}$/),
  text: z.string().max(64 * 1024),
})
export type PolicySource = z.infer<typeof policySource>
