import type { ApprovalView } from '@credbroker/core/wire/approvals'
import { startAuthentication } from '@simplewebauthn/browser'
import { call } from '../../api/call.ts'
import type { Assertion } from '../../session/passkeys.ts'

export type Verdict = 'approve' | 'deny'

/** A passkey signs what the broker makes of the question as it is now. */
export async function answerApproval(
  id: string,
  verdict: Verdict,
  reason: string | undefined,
): Promise<ApprovalView> {
  const path = `/v1/approvals/${id}`
  const told = reason === undefined ? {} : { reason }
  const { options, expiry } = await call<{ options: Assertion; expiry: string }>(`${path}/options`, {
    method: 'POST',
    body: { verdict, ...told },
  })
  const response = await startAuthentication({ optionsJSON: options })
  return await call(`${path}/${verdict}`, { method: 'POST', body: { ...told, expiry, response } })
}
