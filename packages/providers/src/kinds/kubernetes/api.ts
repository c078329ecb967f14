import { BrokerError } from '@credbroker/core/errors'
import type { Secret } from '@credbroker/core/secret'
import { z } from 'zod'
import { askJson, type JsonAnswer, unavailable } from '../../ask-json.ts'
import type { VendorIo } from '../../provider.ts'
import type { KubernetesRoot } from './root.ts'

/** What is asked of an object is its metadata: what else is in it is none of the broker's business. */
const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'
const LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
const PAGE = 500

interface Question<Form extends z.ZodType> {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  /** What the answer must look like. */
  readonly form: Form
  /** Ours, for people. */
  readonly doing: string
  /** A token of an account, in place of who the root is. */
  readonly as?: Secret | undefined
  readonly accept?: string
}

export interface Told<T> {
  readonly value: T
  /** The API server's own clock. */
  readonly now: Date
}

/**
 * Asks the API server once; `undefined` where it knows no such thing. Nothing that it wrote is repeated.
 *
 * @throws {BrokerError} `root_unusable`, `conflict`, `vendor_refused`, `vendor_unavailable`
 */
export async function ask<Form extends z.ZodType>(
  root: KubernetesRoot,
  { method, path, body, form, doing, as, accept = 'application/json' }: Question<Form>,
  io: VendorIo,
): Promise<Told<z.infer<Form>> | undefined> {
  const bearer = as ?? root.token
  const client = as === undefined ? root.client : undefined
  const answer = await askJson(
    root.server,
    {
      method,
      path,
      headers: { accept, ...(bearer && { authorization: `Bearer ${bearer.expose()}` }) },
      ...(body !== undefined && { body }),
      tls: {
        ...(root.ca !== undefined && { ca: root.ca }),
        ...(client && { cert: client.certificate, key: client.key.expose() }),
      },
    },
    io,
  )
  if (answer.status === 404) return undefined
  if (answer.status < 200 || answer.status > 299) throw refusal(answer, doing, as !== undefined)
  const read = form.safeParse(answer.json)
  if (!read.success)
    throw new BrokerError('vendor_refused', {
      detail: `The API server answered ${doing} in a form of its own`,
    })
  return { value: read.data, now: answer.now ?? io.now() }
}

/** The same, where not to know it is a refusal. */
export async function askFor<Form extends z.ZodType>(
  root: KubernetesRoot,
  question: Question<Form>,
  io: VendorIo,
): Promise<Told<z.infer<Form>>> {
  const told = await ask(root, question, io)
  if (told) return told
  throw new BrokerError('vendor_refused', {
    detail: `The API server knows nothing to do so with (${question.doing})`,
  })
}

function refusal(answer: JsonAnswer, doing: string, minted: boolean): BrokerError {
  const { status } = answer
  if (status === 429 || status >= 500) return unavailable(answer)
  if (status === 409)
    return new BrokerError('conflict', { detail: `The API server has it already (${doing})` })
  if ((status === 401 || status === 403) && !minted)
    return new BrokerError('root_unusable', {
      detail:
        status === 401
          ? `The API server does not accept the root (${doing})`
          : `The root may not do what it is for (${doing}): see its Role in the documentation`,
    })
  return new BrokerError('vendor_refused', { detail: `The API server refused ${doing}` })
}

const metadata = z.object({
  name: z.string().max(300),
  uid: z.string().max(100),
  creationTimestamp: z.iso.datetime({ offset: true }),
  labels: z.record(z.string(), z.string()).default({}),
})
export type Metadata = z.infer<typeof metadata>

export const object = z.object({ metadata })
const page = z.object({
  items: z.array(object).max(10_000),
  metadata: z.object({ continue: z.string().max(10_000).optional() }),
})

/** All of a kind, or none: what is not in half a list may be in the other half. */
export async function list(
  root: KubernetesRoot,
  { path, doing, most }: { readonly path: string; readonly doing: string; readonly most: number },
  io: VendorIo,
): Promise<Told<readonly Metadata[]>> {
  const found: Metadata[] = []
  let after = ''
  for (;;) {
    const query = `?limit=${PAGE}${after && `&continue=${encodeURIComponent(after)}`}`
    const told = await askFor(
      root,
      { method: 'GET', path: `${path}${query}`, form: page, doing, accept: LIST },
      io,
    )
    found.push(...told.value.items.map((each) => each.metadata))
    after = told.value.metadata.continue ?? ''
    if (found.length > most || (after !== '' && found.length === most))
      throw new BrokerError('reach_refused', { detail: `There are more than ${most} (${doing})` })
    if (after === '') return { value: found, now: told.now }
  }
}

export const look = async (
  root: KubernetesRoot,
  path: string,
  doing: string,
  io: VendorIo,
): Promise<Told<Metadata> | undefined> => {
  const told = await ask(root, { method: 'GET', path, form: object, doing, accept: METADATA }, io)
  return told && { value: told.value.metadata, now: told.now }
}
