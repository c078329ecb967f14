import type { ApprovalView } from '@credbroker/core/wire/approvals'
import { startAuthentication, startRegistration } from '@simplewebauthn/browser'
import { approved, call, Refused, type Started } from './api.ts'

type Creation = Parameters<typeof startRegistration>[0]['optionsJSON']
type Request = Parameters<typeof startAuthentication>[0]['optionsJSON']

export async function setUp(token: string, name: string): Promise<Started & { recovery_codes: string[] }> {
  const { options } = await call<{ options: Creation }>('POST', '/v1/setup/options', { token })
  const response = await startRegistration({ optionsJSON: options })
  return await call('POST', '/v1/setup', { token, name, response })
}

export async function signIn(): Promise<Started> {
  const optionsJSON = await call<Request>('POST', '/v1/sessions/options')
  return await call('POST', '/v1/sessions', { response: await startAuthentication({ optionsJSON }) })
}

/** Asks for a passkey in the running session; for five minutes, what is dangerous goes through. */
export async function stepUp(): Promise<void> {
  const optionsJSON = await call<Request>('POST', '/v1/passkeys/assertion/options')
  await call('POST', '/v1/passkeys/assertion/verify', {
    response: await startAuthentication({ optionsJSON }),
  })
}

/** Does something dangerous: where the broker wants a passkey first, asks for it and tries again. */
export async function confirmed<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Refused && error.code === 'step_up_required')) throw error
    await stepUp()
    return await work()
  }
}

/** Where somebody has to approve it first, says where, and goes through once they have. */
export async function addPasskey(name: string): Promise<void> {
  const { answer: optionsJSON, approval } = await approved<Creation>('POST', '/v1/passkeys/options')
  const response = await startRegistration({ optionsJSON })
  await call('POST', '/v1/passkeys', { name, response }, approval)
}

/** A passkey signs what the broker makes of the question as it is now. */
export async function answerApproval(
  id: string,
  verdict: 'approve' | 'deny',
  reason: string | undefined,
): Promise<ApprovalView> {
  const path = `/v1/approvals/${id}`
  const told = reason === undefined ? {} : { reason }
  const { options, expiry } = await call<{ options: Request; expiry: string }>('POST', `${path}/options`, {
    verdict,
    ...told,
  })
  const response = await startAuthentication({ optionsJSON: options })
  return await call('POST', `${path}/${verdict}`, { ...told, expiry, response })
}
