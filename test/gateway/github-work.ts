import type { Identity, TestBroker } from '../harness/broker.ts'
import { send } from '../security/wire.ts'
import type { Act } from './github-acts.ts'

export const pathIn = (repository: string, path: string) =>
  path.startsWith('/') ? path : `/repos/${repository}${path && `/${path}`}`

/** A task by its raw token, so that each replica can be asked. */
export async function startWork(broker: TestBroker, fixer: Identity) {
  const body = { environment: 'staging', purpose: 'x', scopes: ['shop-called'] }
  const started = await fixer.client.request<{ task: { id: string }; token: { access_token: string } }>({
    method: 'POST',
    path: '/v1/tasks',
    body,
  })
  const token = started.token.access_token
  const ask = (at: TestBroker, { method, path, body }: Act) =>
    send(broker, {
      method,
      path: `/gateway/shop-called${pathIn('acme/shop', path)}`,
      token,
      key: fixer.key,
      at,
      ...(body && { body }),
    })
  const leases = async () => {
    const path = `/v1/leases?task=${started.task.id}`
    const { items } = await broker.admin.request<{ items: { id: string; state: string }[] }>({
      method: 'GET',
      path,
    })
    return items
  }
  return { ask, leases }
}
