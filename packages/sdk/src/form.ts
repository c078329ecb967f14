import type { Credential, CredentialForm } from '@credbroker/core/credential'
import type { Lease } from './lease.ts'

/**
 * The lease's credential when it has this form.
 * @throws TypeError when the scope mints another one
 */
export function formOf<Form extends CredentialForm>(
  form: Form,
  lease: Lease,
): Extract<Credential, { form: Form }> {
  const { credential, scope } = lease
  if (credential.form !== form) throw new TypeError(`scope ${scope} mints ${credential.form}, not ${form}`)
  return credential as Extract<Credential, { form: Form }>
}
