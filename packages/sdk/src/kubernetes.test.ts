import { expect, it } from 'vitest'
import { fakeBroker } from '../test/fake-broker.ts'
import { fakeKubernetes } from '../test/fake-credentials.ts'
import { Broker } from './broker.ts'

it('a scope of Kubernetes gives a token that is renewed ahead of its end, and prints none (I1)', async () => {
  let skew = 0
  const now = () => new Date(Date.now() + skew)
  await using fake = await fakeBroker({ deploy: { credential: fakeKubernetes } }, now)
  const task = await new Broker({ ...fake.profile, now }).startTask({
    environment: 'staging',
    purpose: 'x',
    scopes: ['deploy'],
  })
  const access = await task.kubernetes('deploy')
  expect(access).toMatchObject({ server: 'https://127.0.0.1:6443', namespace: 'shop' })
  expect(JSON.stringify(access)).not.toContain('canary')
  expect(await access.token()).toBe('kube-canary-1')
  skew = 850_000
  expect(await access.token()).toBe('kube-canary-2')
})
