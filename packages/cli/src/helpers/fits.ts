import type { CredentialAnswer } from '@credbroker/core/wire/credentials'
import { UsageError } from '../usage-error.ts'

type Wire = CredentialAnswer['credential']

/** @throws UsageError where the scope mints for another kind of tool */
export function fits<Form extends Wire['form']>(
  { credential }: CredentialAnswer,
  form: Form,
  wanted: string,
): Extract<Wire, { form: Form }> {
  if (credential.form !== form)
    throw new UsageError(`A credential of the form ${credential.form} cannot be printed as ${wanted}.`)
  return credential as Extract<Wire, { form: Form }>
}
