import { z } from 'zod'
import { idPattern } from '../ids.ts'
import { freeText, name } from '../names.ts'
import { LEASE_STATES } from './tasks.ts'

/** POST /v1/leaks: secrets that somebody found where they should not be. Of a value only keyed digests are compared, and kept until somebody looked; it is kept nowhere. */
export const leakReport = z.strictObject({
  findings: z
    .array(
      z.strictObject({
        value: z.string().min(8).max(16_384),
        /** What the scanner takes it for: `github-token`. */
        kind: freeText(64).optional(),
        /** Where it was found: `src/config.ts:12`. For people. */
        where: freeText(400).optional(),
      }),
    )
    .min(1)
    .max(100),
  /** Ends leases that match, at once. For operators. */
  revoke: z.boolean().optional(),
})
export type LeakReport = z.infer<typeof leakReport>

/** What an agent, or whoever may not operate, hears: the same whatever was reported. */
export const leakAccepted = z.strictObject({ accepted: z.number().int() })

/** Who redeems it, or what it speaks for. */
export const OWN_SECRETS = [
  'enrolment',
  'setup-code',
  'session',
  'login',
  'task-token',
  'access-token',
  'loopback',
] as const

const rootMatch = z.strictObject({
  match: z.literal('root'),
  root: name,
  owner: name,
  environments: z.array(name),
  provider: z.string(),
  version: z.number().int(),
  /** `current`: what the broker uses. `next` and `retiring`: on its way in or out. `retired`: replaced; the vendor was told, where it listens. */
  state: z.enum(['current', 'next', 'retiring', 'retired']),
  /** How it ends: the broker rotates it, or a person replaces it at the vendor. */
  end: z.enum(['rotate', 'replace', 'none']),
})

const leaseMatch = z.strictObject({
  match: z.literal('lease'),
  lease: z.string().regex(idPattern('lease')),
  task: z.string(),
  agent: name,
  owner: name.optional(),
  scope: name,
  environment: name,
  state: z.enum(LEASE_STATES),
  credential_dead: z.boolean(),
  /** By this report. */
  revoked: z.boolean(),
})

const ownMatch = z.strictObject({
  match: z.literal('own'),
  what: z.enum(OWN_SECRETS),
  /** `agent:NAME`, `user:NAME`; absent where it is not known any more. */
  principal: z.string().optional(),
  task: z.string().optional(),
  /** It is worth nothing by now, whoever ended it. */
  ended: z.boolean(),
})

const unknownMatch = z.strictObject({ match: z.literal('unknown') })

/** What operators are told: one for each finding, in its order. */
export const leakAnswer = z.strictObject({
  findings: z.array(z.discriminatedUnion('match', [rootMatch, leaseMatch, ownMatch, unknownMatch])),
})
export type LeakAnswer = z.infer<typeof leakAnswer>
export type LeakMatch = LeakAnswer['findings'][number]
