import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import type { Approval } from '../../domain/approval.ts'
import { challengeOf, signedQuestion, type Verdict } from '../../domain/signed-question.ts'
import type { BrowserOptions } from '../../ports/webauthn.ts'
import type { Caller, SessionUser } from '../identity/caller.ts'
import { requireRoleNow } from '../identity/require-role-now.ts'
import { opened } from '../people/sealed-row.ts'
import { atTheConsole } from '../people/step-up.ts'
import type { ApprovalDeps } from './approval-deps.ts'
import { genuinePasskeys } from './beside-approvals.ts'
import { whyNot } from './who-may-answer.ts'

export interface Intention {
  readonly verdict: Verdict['verdict']
  readonly reason: string | null
}

export interface ApprovalOptions {
  /** Exactly what the passkey signs: its SHA-256 is the challenge. */
  readonly document: { readonly [member: string]: string | null }
  readonly expiry: string
  readonly options: BrowserOptions
}

/** Begins an answer: what this person would sign. Nothing is stored. @throws BrokerError as {@link answerable} */
export const approvalOptions =
  (deps: ApprovalDeps) =>
  async (caller: Caller, id: string, { verdict, reason }: Intention): Promise<ApprovalOptions> => {
    const { user, approval } = await answerable(deps, caller, id)
    const expiry = latestExpiry(deps, approval, verdict).toISOString()
    const word = { user: user.name, verdict, reason, expiry }
    const own = await deps.passkeys.list(user.name)
    const options = await deps.webauthn.assertionOptions(
      challengeOf(approval, deps.deployment, word),
      own.map(({ body }) => body),
    )
    return { document: signedQuestion(approval, deps.deployment, word), expiry, options }
  }

/**
 * A question that waits, before a person at the console who may answer it.
 * @throws BrokerError `step_up_required` for keys, `forbidden` for agents and without the role, `not_found`,
 *   `approval_not_yours`, `approval_invalid` where it does not wait any more, `tampered`
 */
export async function answerable(deps: ApprovalDeps, caller: Caller, id: string) {
  atTheConsole(caller)
  const config = await deps.config.newest()
  requireRoleNow(config, caller, 'approver')
  const stored = await deps.approvals.find(id)
  if (!stored) throw new BrokerError('not_found')
  const approval = opened(deps.macs, 'approvals', stored)
  if (approval.state !== 'pending' || Date.parse(approval.endsAt) <= deps.clock.now().getTime())
    throw new BrokerError('approval_invalid', { detail: 'It does not wait for an answer any more' })
  const reason = whyNot(approval, caller.name, config.snapshot, await genuinePasskeys(deps))
  if (reason !== undefined) throw new BrokerError('approval_not_yours', { detail: reason })
  return { user: caller satisfies SessionUser, stored, approval, config }
}

/** Whether an approval by one more is all that it takes. */
export const completes = ({ level, answers }: Approval): boolean =>
  level === 'passkey' || answers.some(({ verdict }) => verdict === 'approve')

/**
 * The first of two waits for the second; what can be used then can be used for ten minutes (I3), and no longer than anybody signed. For a
 * minted scope it is all of the time that is asked for.
 */
export function latestExpiry({ clock }: ApprovalDeps, approval: Approval, verdict: Verdict['verdict']): Date {
  const ends = Date.parse(approval.endsAt)
  if (verdict === 'deny') return new Date(ends)
  if (approval.subject.kind === 'scope') return new Date(approval.subject.until)
  if (!completes(approval)) return new Date(ends)
  const signed = approval.answers.map(({ expiry }) => Date.parse(expiry))
  return new Date(Math.min(clock.now().getTime() + LIMITS.approvalSeconds * 1000, ...signed))
}
