import type { Access, Side } from '@credbroker/core/access'
import type { Json } from '@credbroker/core/canonical-json'
import type { ApprovalLevel } from '@credbroker/policy/request'
import type { Transitions } from './state-machine.ts'

export const APPROVAL_STATES = ['pending', 'approved', 'denied', 'used', 'expired', 'cancelled'] as const
export type ApprovalState = (typeof APPROVAL_STATES)[number]
export type ApprovalEvent = 'approve' | 'deny' | 'use' | 'expire' | 'cancel'

/** I4: what was denied, used or is over never counts again. */
export const APPROVAL: Transitions<ApprovalState, ApprovalEvent> = {
  pending: { approve: 'approved', deny: 'denied', expire: 'expired', cancel: 'cancelled' },
  approved: { use: 'used', expire: 'expired', cancel: 'cancelled' },
  denied: {},
  used: {},
  expired: {},
  cancelled: {},
}

/** As it is at this moment: what waited too long, or was not used in time, is over before anybody has written so. */
export function stateAt({ state, usableUntil, endsAt }: StoredState, now: Date): ApprovalState {
  const over = Date.parse(usableUntil ?? endsAt) <= now.getTime()
  return (over && APPROVAL[state].expire) || state
}
type StoredState = Pick<Approval, 'state' | 'usableUntil' | 'endsAt'>

/** One request of a call, exactly: what would be sent, and what the broker found that it touches. */
export interface AskedRequest {
  /** SHA-256 of the canonical JSON of all that would be done: connector, root, operations, the request as rebuilt. */
  readonly requestHash: string
  /** SHA-256 of the canonical JSON of all that was found out: access, sides, anchors, environments, facts. */
  readonly factsHash: string
  readonly operations: readonly {
    readonly name: string
    readonly arguments: { readonly [name: string]: Json }
  }[]
  /** As it would be sent; no credential in it, a body shortened to what a person reads. */
  readonly request: { readonly method: string; readonly target: string; readonly body?: string | undefined }
  readonly access: readonly Access[]
  readonly touches: readonly Side[]
  readonly erases: readonly Side[]
  readonly anchors: readonly string[]
  readonly environments: readonly string[]
  /** From the vendor: names, times, counts. */
  readonly facts: { readonly [name: string]: Json }
  /** ISO 8601; set once it was done under this approval. */
  readonly usedAt: string | null
}

/** What is asked. `scope`: anything in a minted scope until the grant's end. `config`: a change of what is allowed (I4c). */
export type Subject =
  | { readonly kind: 'call'; readonly requests: readonly AskedRequest[] }
  | {
      readonly kind: 'scope'
      readonly requestHash: string
      readonly factsHash: string
      readonly access: readonly Access[]
      readonly until: string
    }
  | {
      readonly kind: 'config'
      readonly requestHash: string
      readonly factsHash: string
      /** One line each, as `broker apply --plan` shows them. */
      readonly changes: readonly string[]
    }

/** One person's signed word. The assertion is kept whole, so that anybody can verify it later. */
export interface Answer {
  readonly user: string
  readonly passkey: string
  /** Of the passkey, COSE in base64url: it outlives the passkey's removal. Answers of before do not have it. */
  readonly publicKey?: string
  readonly verdict: 'approve' | 'deny'
  readonly reason: string | null
  readonly at: string
  /** When what was signed runs out; a part of what was signed. */
  readonly expiry: string
  readonly assertion: Json
}

/**
 * A question to people, and their answers. Stored as one document under a MAC (I13). Times are ISO 8601, UTC.
 */
export interface Approval {
  readonly id: string
  /** 128 random bits, base64url. */
  readonly nonce: string
  readonly state: ApprovalState
  readonly level: ApprovalLevel
  /** Absent for `config`. */
  readonly work: {
    readonly task: string
    readonly grant: string
    readonly agent: string
    readonly owner: string
    readonly scope: string
    readonly root: string
    /** The key that the task is bound to. */
    readonly jkt: string
    readonly purpose: string
    readonly ticket: string | null
    readonly tool: string | null
    readonly model: string | null
  } | null
  readonly environment: string
  /** `agent:NAME` or `user:NAME`. */
  readonly requester: string
  readonly subject: Subject
  /** Digest of the policies by which it was asked. */
  readonly policyVersion: string
  readonly policies: readonly string[]
  readonly reason: string
  readonly askedAt: string
  /** A question nobody answered ends here. */
  readonly endsAt: string
  readonly answers: readonly Answer[]
  /** From when all who must have approved: until when it may be used. */
  readonly usableUntil: string | null
}
