import { startAuthentication, startRegistration } from '@simplewebauthn/browser'
import { call, Refused, type Started } from './api.ts'

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

export async function addPasskey(name: string): Promise<void> {
  const optionsJSON = await call<Creation>('POST', '/v1/passkeys/options')
  await call('POST', '/v1/passkeys', { name, response: await startRegistration({ optionsJSON }) })
}
