import { BrokerError } from '@credbroker/core/errors'
import type { Secret } from '@credbroker/core/secret'
import { z } from 'zod'
import { askJson } from '../../ask-json.ts'
import type { VendorIo } from '../../provider.ts'

export interface Question<Form extends z.ZodType> {
  readonly query: string
  readonly variables?: Readonly<Record<string, unknown>>
  /** What `data` must look like. */
  readonly form: Form
  /** Ours, for people. */
  readonly doing: string
  /** A project token has a header of its own. */
  readonly as: { readonly bearer: Secret } | { readonly project: Secret }
}

/**
 * Asks Railway one thing. Any error in an answer makes all of it none, and nothing that it wrote is repeated.
 *
 * @throws {BrokerError} `vendor_refused`, `vendor_unavailable`, `root_unusable`
 */
export async function ask<Form extends z.ZodType>(
  origin: string,
  { query, variables = {}, form, doing, as }: Question<Form>,
  io: VendorIo,
): Promise<z.infer<Form>> {
  const headers: Record<string, string> =
    'bearer' in as
      ? { authorization: `Bearer ${as.bearer.expose()}` }
      : { 'project-access-token': as.project.expose() }
  const { status, json } = await askJson(
    origin,
    { method: 'POST', path: '/graphql/v2', headers, body: { query, variables } },
    io,
  )
  if (status === 429 || status >= 500) throw new BrokerError('vendor_unavailable')
  if (status === 401 || status === 403)
    throw new BrokerError('root_unusable', { detail: `Railway does not accept the token (${doing})` })
  const answer = z.object({ data: form, errors: z.undefined().optional() }).safeParse(json)
  if (status !== 200 || !answer.success)
    throw new BrokerError('vendor_refused', { detail: `Railway refused ${doing}` })
  return (answer.data as { readonly data: z.infer<Form> }).data
}
