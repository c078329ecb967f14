import { startAuthentication, startRegistration } from '@simplewebauthn/browser'
import { call, Waits } from '../api/call.ts'
import type { Started } from '../api/session.ts'

type Creation = Parameters<typeof startRegistration>[0]['optionsJSON']
export type Assertion = Parameters<typeof startAuthentication>[0]['optionsJSON']

const post = <Answer>(path: string, body?: unknown, approval?: string) =>
  call<Answer>(path, { method: 'POST', body, approval })

export async function setUp(token: string, name: string): Promise<Started & { recovery_codes: string[] }> {
  const { options } = await post<{ options: Creation }>('/v1/setup/options', { token })
  const response = await startRegistration({ optionsJSON: options })
  return await post('/v1/setup', { token, name, response })
}

export async function signIn(): Promise<Started> {
  const optionsJSON = await post<Assertion>('/v1/sessions/options')
  return await post('/v1/sessions', { response: await startAuthentication({ optionsJSON }) })
}

/** Asks for a passkey in the running session; for five minutes, what is dangerous goes through. */
export async function stepUp(): Promise<void> {
  const optionsJSON = await post<Assertion>('/v1/passkeys/assertion/options')
  await post('/v1/passkeys/assertion/verify', { response: await startAuthentication({ optionsJSON }) })
}

/** Where somebody has to approve it first and has done so, goes through. @throws Waits while nobody has */
export async function addPasskey(name: string): Promise<void> {
  let approval: string | undefined
  const begin = () => post<Creation>('/v1/passkeys/options', undefined, approval)
  const optionsJSON = await begin().catch((error: unknown) => {
    if (!(error instanceof Waits && error.approval.state === 'approved')) throw error
    approval = error.approval.id
    return begin()
  })
  const response = await startRegistration({ optionsJSON })
  await post('/v1/passkeys', { name, response }, approval)
}
