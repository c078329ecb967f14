import type { Role } from '@credbroker/core/config/document'
import { BrokerError } from '@credbroker/core/errors'
import type { LentFor } from '../../ports/client-keys.ts'
import type { SessionMethod } from '../../ports/people.ts'
import type { SingleUse } from '../../ports/tokens.ts'

/** A request signed by a key. */
export interface Proven {
  /** RFC 7638 thumbprint of the key that signed this request. */
  readonly jkt: string
  /** To be taken exactly once, in the statement of the change where there is one. */
  readonly proof: SingleUse
  readonly requestId: string
}

interface Person {
  readonly kind: 'user'
  readonly name: string
  /** As stored now. None in a session that a recovery code began. */
  readonly roles: readonly Role[]
}

/** A person at the command line: every request is signed by their enrolled key. */
export interface KeyUser extends Person, Proven {
  readonly via: 'key'
}

/** A person at the console. No key signs, so what is dangerous asks for a passkey: see step-up.ts. */
export interface SessionUser extends Person {
  readonly via: 'session'
  readonly requestId: string
  readonly session: {
    readonly id: string
    readonly digest: string
    readonly method: SessionMethod
    /** RFC 8176. */
    readonly amr: readonly string[]
    /** It was begun by a recovery code, and can register a passkey and nothing else. */
    readonly limited: boolean
    /** A passkey answered in it within the last five minutes. */
    readonly fresh: boolean
    readonly endsAt: Date
  }
}

export type UserCaller = KeyUser | SessionUser

export interface AgentCaller extends Proven {
  readonly kind: 'agent'
  readonly name: string
  readonly owner: string
  /** The MAC of the enrolled key's row, as verified. */
  readonly keyMac: string
  /** Set where the key was lent to a workload. */
  readonly lentFor?: LentFor
}

/** An agent at work: everything else about the task is read live. */
export interface TaskCaller extends Proven {
  readonly kind: 'task'
  readonly task: string
  readonly name: string
  readonly owner: string
}

export type Caller = UserCaller | AgentCaller | TaskCaller

/** Each role may do what the roles named with it may. `approver` decides approvals and nothing else. */
const IMPLIES: Readonly<Record<Role, readonly Role[]>> = {
  viewer: ['viewer'],
  operator: ['operator', 'viewer'],
  approver: ['approver', 'viewer'],
  admin: ['admin', 'operator', 'viewer'],
}

export const hasRole = (caller: Caller, role: Role): boolean =>
  caller.kind === 'user' && caller.roles.some((own) => IMPLIES[own].includes(role))

/** I12: admin routes are for people. @throws BrokerError `forbidden` */
export function requireRole(caller: Caller, role: Role): asserts caller is UserCaller {
  if (!hasRole(caller, role)) {
    throw new BrokerError('forbidden', {
      detail: caller.kind === 'user' ? `This needs the role ${role}` : 'This is for people, not for agents',
      required: [`role:${role}`],
    })
  }
}

/** Whose rows a caller sees: an agent's own, or everybody's for a person who may look. @throws BrokerError `forbidden` */
export function visibleAgent(caller: Caller): string | undefined {
  if (caller.kind !== 'user') return caller.name
  requireRole(caller, 'viewer')
  return undefined
}

export const isSession = (caller: Caller): caller is SessionUser =>
  caller.kind === 'user' && caller.via === 'session'

/** The actor of an audit event: who, and by which key or in which session. */
export const actorOf = (caller: Caller) => ({
  kind: caller.kind === 'user' ? ('user' as const) : ('agent' as const),
  id: caller.name,
  ...(isSession(caller) ? { session: caller.session.id } : { jkt: caller.jkt }),
})
