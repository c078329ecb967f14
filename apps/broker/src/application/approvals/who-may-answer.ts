import type { Approval } from '../../domain/approval.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import type { Passkey } from '../../ports/people.ts'

/** Why this person may not answer this question; undefined where they may. The role is looked at elsewhere. */
export function whyNot(
  { level, work, requester, answers }: Approval,
  user: string,
  snapshot: ConfigSnapshot,
  passkeys: readonly Passkey[],
): string | undefined {
  if (answers.some((answer) => answer.user === user)) return 'You have answered it already'
  if (level === 'passkey') return undefined
  if (work?.owner === user) return 'Two people have to approve this, and the agent’s owner is neither of them'
  if (requester === `user:${user}`)
    return 'Two people have to approve this, and whoever asks is neither of them'
  const first = answers.find(({ verdict }) => verdict === 'approve')
  if (first && related(first.user, user, snapshot, passkeys))
    return 'Two people have to approve this, and neither may have set up the other’s account'
  return undefined
}

/** Whether one of the two made it possible that the other can approve. */
function related(a: string, b: string, snapshot: ConfigSnapshot, passkeys: readonly Passkey[]): boolean {
  const invited = (by: string, user: string): boolean => {
    const names = [by, `user:${by}`]
    const account = snapshot.user(user)?.invitedBy ?? ''
    return (
      names.includes(account) ||
      passkeys.some((passkey) => passkey.user === user && names.includes(passkey.invitedBy ?? ''))
    )
  }
  return invited(a, b) || invited(b, a)
}
