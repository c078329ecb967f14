import { createPrivateKey } from 'node:crypto'
import { BrokerError } from '@credbroker/core/errors'
import { Secret } from '@credbroker/core/secret'
import { SignJWT } from 'jose'
import { z } from 'zod'
import type { VendorIo } from '../../provider.ts'
import { type Answer, ask, refusal } from './github.ts'
import type { GithubRoot } from './root.ts'

/** GitHub takes ten minutes at most, and its clock may be behind ours. */
const BACKDATED_SECONDS = 60
const LIFE_SECONDS = 120

export async function appToken({ appId, privateKey }: GithubRoot, io: VendorIo): Promise<Secret> {
  const now = Math.floor(io.now().getTime() / 1000)
  const token = await new SignJWT()
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
    .setIssuedAt(now - BACKDATED_SECONDS)
    .setExpirationTime(now + LIFE_SECONDS)
    .setIssuer(appId)
    .sign(createPrivateKey(privateKey.expose()))
  return new Secret(token)
}

/** One question as the App itself. */
export async function askAsApp<T>(
  root: GithubRoot,
  path: string,
  schema: z.ZodType<T>,
  doing: string,
  io: VendorIo,
): Promise<T> {
  const answer = await ask(root.origin, { method: 'GET', path, bearer: await appToken(root, io) }, io)
  if (answer.status !== 200) throw refusal(answer, doing)
  return read(schema, answer, doing)
}

export function read<T>(schema: z.ZodType<T>, { json }: Answer, doing: string): T {
  const result = schema.safeParse(json)
  if (!result.success)
    throw new BrokerError('vendor_refused', { detail: `GitHub answered ${doing} in a form of its own` })
  return result.data
}

const issued = z.object({
  token: z.string().regex(/^[!-~]{20,4096}$/),
  expires_at: z.iso.datetime({ offset: true }),
  permissions: z.record(z.string(), z.string()).default({}),
  repository_selection: z.string().optional(),
  repositories: z
    .array(z.object({ id: z.number().int().positive(), full_name: z.string().max(200) }))
    .optional(),
})

export interface Issued {
  readonly token: Secret
  readonly until: Date
  readonly permissions: Readonly<Record<string, string>>
  /** Absent where it reaches all that the installation does. */
  readonly repositories: readonly { readonly id: string; readonly name: string }[] | undefined
}

interface Wish {
  readonly permissions: Readonly<Record<string, string>>
  readonly repository_ids?: readonly number[]
  readonly repositories?: readonly string[]
}

/** @throws {BrokerError} as {@link refusal} says */
export async function issue(
  root: GithubRoot,
  installation: string,
  wish: Wish,
  io: VendorIo,
): Promise<Issued> {
  const doing = 'to issue a token'
  const path = `/app/installations/${installation}/access_tokens`
  const bearer = await appToken(root, io)
  io.signal.throwIfAborted()
  const answer = await ask(root.origin, { method: 'POST', path, bearer, body: wish }, io)
  if (answer.status !== 201) throw refusal(answer, doing)
  const { token, expires_at, permissions, repository_selection, repositories } = read(issued, answer, doing)
  const all = repository_selection !== undefined && repository_selection !== 'selected'
  // Its life counts from GitHub's clock, which may not be ours.
  const life = Date.parse(expires_at) - (answer.now ?? io.now()).getTime()
  return {
    token: new Secret(token),
    until: new Date(io.now().getTime() + life),
    permissions,
    repositories: all
      ? undefined
      : repositories?.map(({ id, full_name }) => ({ id: String(id), name: full_name })),
  }
}

/** Whether GitHub says that it is dead. It takes a token back from whoever shows it. */
export const withdraw = async (origin: string, token: Secret, io: VendorIo): Promise<Answer> =>
  ask(origin, { method: 'DELETE', path: '/installation/token', bearer: token }, io)

/** For a look at names only: of nobody's business once `use` is over. Should it be left behind, it reads metadata for an hour. */
export async function looking<T>(
  root: GithubRoot,
  installation: string,
  repositories: readonly string[] | undefined,
  use: (issued: Issued) => Promise<T>,
  io: VendorIo,
): Promise<T> {
  const wish = { permissions: { metadata: 'read' }, ...(repositories && { repositories }) }
  const looked = await issue(root, installation, wish, io)
  try {
    return await use(looked)
  } finally {
    await withdraw(root.origin, looked.token, io).catch(() => {})
  }
}
