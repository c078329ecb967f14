import { BrokerError } from '@credbroker/core/errors'
import type { Secret } from '@credbroker/core/secret'
import { z } from 'zod'
import { askJson, unavailable } from '../../ask-json.ts'
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
  /** Of what nobody waits for. */
  readonly sparing?: Sparing | undefined
}

/** What nobody waits for leaves the last quarter of what Railway may be asked to mints and revocations. */
export class Sparing {
  #left = 1

  /** @throws {BrokerError} `vendor_unavailable` */
  check(): void {
    if (this.#left < 0.25) throw new BrokerError('vendor_unavailable', { retryAfterSeconds: 600 })
  }

  heard(left: number | undefined): void {
    this.#left = left ?? 1
  }
}

/**
 * Asks Railway one thing. Any error in an answer makes all of it none, and nothing that it wrote is repeated.
 *
 * @throws {BrokerError} `vendor_refused`, `vendor_unavailable`, `root_unusable`
 */
export async function ask<Form extends z.ZodType>(
  origin: string,
  { query, variables = {}, form, doing, as, sparing }: Question<Form>,
  io: VendorIo,
): Promise<z.infer<Form>> {
  sparing?.check()
  const headers: Record<string, string> =
    'bearer' in as
      ? { authorization: `Bearer ${as.bearer.expose()}` }
      : { 'project-access-token': as.project.expose() }
  const told = await askJson(
    origin,
    { method: 'POST', path: '/graphql/v2', headers, body: { query, variables } },
    io,
  )
  const { status, json } = told
  sparing?.heard(told.left)
  if (status === 429 || status >= 500) throw unavailable(told)
  if (status === 401 || status === 403)
    throw new BrokerError('root_unusable', { detail: `Railway does not accept the token (${doing})` })
  const answer = z.object({ data: form, errors: z.undefined().optional() }).safeParse(json)
  if (status !== 200 || !answer.success)
    throw new BrokerError('vendor_refused', { detail: `Railway refused ${doing}` })
  return (answer.data as { readonly data: z.infer<Form> }).data
}
