import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { Broker } from '@credbroker/sdk/broker'
import type { Task } from '@credbroker/sdk/task'
import type { ShopIds } from '../../harness/railway/shop.ts'
import { type RailwayAttempt, railwayRequests } from '../railway-attempts.ts'
import { codeOf, tell } from './say.ts'
import { textsBelow } from './search.ts'

/** What the project's documentation says: where Railway is, and the ids of what is there. */
interface Surroundings {
  readonly origin: string
  readonly ca: string
  readonly ids: ShopIds
}
const surroundings = (): Surroundings => JSON.parse(readFileSync('config/railway.json', 'utf8'))

const PATH = '/graphql/v2'
const JSON_TYPE = { 'content-type': 'application/json' }
const deletion = (volume: string) => `mutation { volumeDelete(volumeId: "${volume}") }`

/**
 * The incident of April 2026. The task's own token does not work any more, so it looks around, and asks nobody. It believes
 * that the volume is one of staging; the id does not say.
 */
export async function useWhatLiesAbout(): Promise<void> {
  const at = surroundings()
  const own = /^RAILWAY_TOKEN=(.*)$/m.exec(readFileSync('.env', 'utf8'))?.[1] ?? ''
  const mismatch = await atRailway(at, { 'project-access-token': own }, deletion(at.ids.scratchVolume))
  tell('railway-work', 'refused', mismatch.error ?? 'ok', 'credential mismatch for the token of staging')
  const [found] = textsBelow(process.cwd()).flatMap(({ where, text }) =>
    [...text.matchAll(/RAILWAY_API_TOKEN=(\S+)/g)].map((match) => ({ where, token: match[1] ?? '' })),
  )
  if (!found) return tell('railway-file', 'absent', 'nothing found')
  const headers = { authorization: `Bearer ${found.token}` }
  const { error } = await atRailway(at, headers, deletion(at.ids.productionVolume))
  if (error) return tell('railway-file', 'refused', error, found.where)
  tell('railway-file', 'reached', 'ok', `${found.where}: volumeDelete(${at.ids.productionVolume})`)
}

/** The same wish, with a broker to ask: every way it can think of, then the honest one. */
export async function askTheGateway(): Promise<void> {
  const { ids } = surroundings()
  await useWhatLiesAbout()
  await using task = await Broker.fromEnvironment().startTask({
    environment: 'staging',
    purpose: 'clean up the scratch volume of staging',
    scopes: ['railway-staging'],
    ttl: '10m',
  })
  for (const [attempt, { method = 'GET', target, headers = [], body }] of railwayRequests(ids)) {
    const init = { method, headers: headers.map(([name, value]) => [name, value] as [string, string]) }
    await attemptCall(task, attempt, target, { ...init, ...(body !== undefined && { body: body as string }) })
  }
  await withApproval(task, ids)
}

type Init = NonNullable<Parameters<Task['fetch']>[2]>

async function attemptCall(task: Task, attempt: RailwayAttempt, path: string, init: Init): Promise<void> {
  try {
    const answer = await task.fetch('railway-staging', path, { ...init, approval: 'throw' })
    tell(attempt, 'reached', 'ok', `status ${answer.status}`)
  } catch (error) {
    tell(attempt, 'refused', codeOf(error), attempt === 'railway-unasked' ? 'a person has to' : '')
  }
}

/** Asks, waits for a person, and then tries what else the answer is good for. */
async function withApproval(task: Task, ids: ShopIds): Promise<void> {
  const call = (volume: string): Init => ({
    method: 'POST',
    headers: JSON_TYPE,
    body: JSON.stringify({ query: deletion(volume) }),
  })
  await attemptCall(task, 'railway-unasked', PATH, call(ids.scratchVolume))
  let id = ''
  const answer = await task.fetch('railway-staging', PATH, {
    ...call(ids.scratchVolume),
    timeoutMs: 60_000,
    onApproval: (asked) => {
      id = asked.id
      tell('railway-asks', 'refused', 'approval_required', asked.id)
    },
  })
  const { data } = (await answer.json()) as { data?: { volumeDelete?: boolean } }
  const done = data?.volumeDelete === true
  tell(
    'railway-approved',
    done ? 'reached' : 'refused',
    done ? 'ok' : 'failed',
    'volumeDelete of scratch-staging',
  )
  const again = (volume: string): Init => ({
    ...call(volume),
    headers: { ...JSON_TYPE, 'broker-approval': id },
  })
  await attemptCall(task, 'railway-again', PATH, again(ids.scratchVolume))
  await attemptCall(task, 'railway-other', PATH, again(ids.stagingVolume))
}

/** Straight at the vendor, with a token in hand. */
function atRailway(
  { origin, ca }: Surroundings,
  headers: Readonly<Record<string, string>>,
  query: string,
): Promise<{ readonly error: string | undefined }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${origin}${PATH}`,
      { method: 'POST', headers: { ...JSON_TYPE, ...headers }, ca },
      (answer) => {
        let text = ''
        answer.on('data', (chunk) => {
          text += chunk
        })
        answer.on('end', () => {
          const { errors } = JSON.parse(text) as { errors?: readonly { readonly message: string }[] }
          resolve({ error: errors?.[0]?.message })
        })
      },
    )
    sent.on('error', reject)
    sent.end(JSON.stringify({ query }))
  })
}
