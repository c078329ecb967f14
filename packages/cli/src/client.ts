import { importClientKey } from '@credbroker/core/client-key'
import { type IdKind, isId } from '@credbroker/core/ids'
import type { Secret } from '@credbroker/core/secret'
import { systemIo } from '@credbroker/sdk/io'
import { principalToken } from '@credbroker/sdk/principal-token'
import { brokerBase, Transport } from '@credbroker/sdk/transport'
import { approved, type Waiting } from './approved.ts'
import type { Cli } from './cli.ts'
import { explained } from './explained.ts'
import { loadProfile, type Profile, profileName, withoutProfile } from './profile.ts'
import { LocalError, UsageError } from './usage-error.ts'

export type Query = Readonly<Record<string, string | number | undefined>>

/** The broker as one profile sees it. Answers are what the wire schemas say; they come from the broker one has chosen. */
export interface Client {
  readonly profile: Profile
  get<Answer>(path: string, query?: Query): Promise<Answer>
  /** Where a person has approved the same, it goes out again under their approval; so with `put`. */
  post<Answer>(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>
  put<Answer>(path: string, body: unknown): Promise<Answer>
  remove<Answer>(path: string): Promise<Answer>
  /** The same, where whoever runs the command wants to wait for an approval. */
  waiting(told: Waiting['told']): Client
  /** The same, as a task: with the token that the broker gave for it. */
  asTask(token: Secret): Client
}

/**
 * @throws LocalError when there is no usable profile
 * @throws UsageError for a URL that is not one, or would carry credentials in the clear
 */
export async function connect(cli: Cli): Promise<Client> {
  const profile = await requireProfile(cli)
  const key = importClientKey(profile.key)
  const io = { ...systemIo, fetch: cli.fetch, now: cli.now, random: cli.random }
  const transport = new Transport(brokerUrl(cli, profile), key, io)
  const token = principalToken({ principal: profile.principal, issuer: profile.issuer, key }, transport, io)
  return clientOf(profile, transport, token)
}

/** @throws LocalError when there is no usable profile */
export async function requireProfile(cli: Pick<Cli, 'env' | 'profile'>): Promise<Profile> {
  const name = profileName(cli.env, cli.profile)
  const profile = await loadProfile(cli.env, name)
  if (profile !== undefined) return profile
  throw new LocalError(`There is no profile \`${name}\` on this machine.`, {
    advice: await withoutProfile(cli.env, name),
  })
}

/** `--url`, then `BROKER_URL`, then the profile's. */
export function brokerUrl(cli: Pick<Cli, 'url' | 'env'>, profile?: Profile): string {
  const url = cli.url ?? (cli.env['BROKER_URL'] || profile?.url)
  if (url === undefined) throw new UsageError('Which broker?', 'Give --url or set BROKER_URL.')
  try {
    return brokerBase(url)
  } catch (error) {
    throw new UsageError(`Not the URL of a broker: ${(error as Error).message}.`)
  }
}

/** Plans and applies read vendors, which may take their time. */
const TIMEOUT_MS = 120_000
const APPROVAL_POLL_MS = 1_000

function clientOf(
  profile: Profile,
  transport: Transport,
  token: () => Promise<Secret>,
  waiting?: Waiting,
): Client {
  const call = async <Answer>(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    extra: { body?: unknown; headers?: Readonly<Record<string, string>> } = {},
  ): Promise<Answer> => {
    try {
      return await transport.call<Answer>({
        method,
        path,
        token: await token(),
        timeoutMs: TIMEOUT_MS,
        ...extra,
      })
    } catch (error) {
      throw explained(error, path, profile.principal)
    }
  }
  const change = <Answer>(send: (headers: Readonly<Record<string, string>>) => Promise<unknown>) =>
    approved<Answer>({ send, find: (id) => call('GET', `/v1/approvals/${id}`), waiting })
  return {
    profile,
    get: (path, query = {}) => call('GET', `${path}${search(query)}`),
    post: (path, body, headers = {}) =>
      change((more) =>
        call('POST', path, { headers: { ...headers, ...more }, ...(body !== undefined && { body }) }),
      ),
    put: (path, body) => change((headers) => call('PUT', path, { headers, body })),
    remove: (path) => call('DELETE', path),
    waiting: (told) =>
      clientOf(profile, transport, token, { told, pause: () => systemIo.sleep(APPROVAL_POLL_MS) }),
    asTask: (taskToken) => clientOf(profile, transport, async () => taskToken),
  }
}

function search(query: Query): string {
  const set = Object.entries(query).filter(
    (entry): entry is [string, string | number] => entry[1] !== undefined,
  )
  if (set.length === 0) return ''
  return `?${new URLSearchParams(set.map(([key, value]) => [key, String(value)]))}`
}

/** All items of a paged list. A server that never ends its pages is stopped after 1,000 of them. */
export async function listAll<Item>(client: Client, path: string, query: Query = {}): Promise<Item[]> {
  const items: Item[] = []
  let cursor: string | undefined
  for (let page = 0; page < 1000; page++) {
    const answer = await client.get<{ items: Item[]; next_cursor?: string }>(path, { ...query, cursor })
    items.push(...answer.items)
    if (answer.next_cursor === undefined) return items
    cursor = answer.next_cursor
  }
  throw new LocalError('The broker’s list did not end.')
}

/** A name or id as one segment of a path, whatever it is. */
export const segment = (text: string): string => {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(text))
    throw new UsageError('That is neither a name nor an id.')
  return encodeURIComponent(text)
}

/** An id of this kind as one segment of a path. */
export function idSegment(kind: IdKind & ('task' | 'grant' | 'lease'), text: string): string {
  if (!isId(kind, text))
    throw new UsageError(`That is not the id of a ${kind}.`, `\`broker ${kind} list\` shows them.`)
  return text
}

/** @throws UsageError when the profile is a person's: tasks are for agents */
export function requireAgent(profile: Profile): void {
  if (profile.principal.startsWith('agent:')) return
  throw new UsageError(
    `Tasks are for agents, and this profile is ${profile.principal}.`,
    'Choose one with --profile NAME. A new one: broker agent invite NAME | broker enroll --profile NAME --url URL',
  )
}
