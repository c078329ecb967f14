import { type ClientKey, generateClientKey, importClientKey, signProof } from '@credbroker/core/client-key'
import type { TaskStarted } from '@credbroker/core/wire/tasks'
import { Broker } from '@credbroker/sdk/broker'
import { loadProfile } from '@credbroker/sdk/profile'
import type { Attempt } from '../attempts.ts'
import { codeOf, tell } from './say.ts'

const random = (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes)

/** What somebody can do who got hold of a task's token, or of a whole request, but not of the key. */
export async function replayToken(): Promise<void> {
  const profile = loadProfile(process.env)
  const own = importClientKey(profile.key)
  const body = {
    environment: 'staging',
    purpose: 'fix flaky checkout test',
    scopes: ['orders-rw'],
    ttl: '1m',
  }
  const started = await Broker.fromEnvironment().request<TaskStarted>({
    method: 'POST',
    path: '/v1/tasks',
    body,
  })
  const token = started.token.access_token
  const url = `${profile.url}/v1/credentials`

  const prove = (key: ClientKey, to = url) =>
    signProof({ method: 'POST', url: to, accessToken: token }, key, new Date(), random)
  const send = async (headers: Record<string, string>, to = url): Promise<string> => {
    const all = { 'content-type': 'application/json', ...headers }
    const response = await fetch(to, {
      method: 'POST',
      headers: all,
      body: to === url ? '{"scope":"orders-rw"}' : null,
    })
    const answer = (await response.json()) as { code?: string }
    return response.ok ? 'ok' : codeOf({ ...answer, status: response.status })
  }
  const attempt = (name: Attempt, code: string) => tell(name, code === 'ok' ? 'reached' : 'refused', code)

  attempt('bearer', await send({ authorization: `Bearer ${token}` }))
  attempt('no-proof', await send({ authorization: `DPoP ${token}` }))
  attempt('other-key', await send({ authorization: `DPoP ${token}`, dpop: prove(generateClientKey()) }))
  const recorded = { authorization: `DPoP ${token}`, dpop: prove(own) }
  const first = await send(recorded)
  // The request is a good one: what is refused is its repetition.
  attempt('proof-twice', first === 'ok' ? await send(recorded) : `first: ${first}`)
  const end = `${profile.url}/v1/tasks/${started.task.id}/end`
  const ended = await send({ authorization: `DPoP ${token}`, dpop: prove(own, end) }, end)
  const late = await send({ authorization: `DPoP ${token}`, dpop: prove(own) })
  attempt('ended-task', ended === 'ok' ? late : `ending: ${ended}`)
}
