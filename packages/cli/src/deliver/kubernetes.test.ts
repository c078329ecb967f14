import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { fakeAws, fakeKubernetes } from '../../../sdk/test/fake-credentials.ts'
import { deliveredRun } from '../../test/delivered-run.ts'

let run: Awaited<ReturnType<typeof deliveredRun>>
afterEach(() => run[Symbol.asyncDispose]())

const kubeconfig = () => JSON.parse(readFileSync(run.env['KUBECONFIG'] ?? '', 'utf8'))

describe('kubectl in a run', () => {
  it('finds a context per scope, and a token in none of them (I1)', async () => {
    run = await deliveredRun({
      deploy: { credential: fakeKubernetes },
      watch: { credential: fakeKubernetes },
    })
    const config = kubeconfig()
    expect(config).toMatchObject({
      'current-context': 'deploy',
      contexts: [{ name: 'deploy', context: { namespace: 'shop' } }, { name: 'watch' }],
      users: [
        { user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never' } } },
        {},
      ],
    })
    expect(JSON.stringify(config) + JSON.stringify(run.env)).not.toContain('canary')
  })

  it('asks its helper for the token of the moment, and is told when that ends', async () => {
    run = await deliveredRun({ deploy: { credential: fakeKubernetes } })
    const { command, args } = kubeconfig().users[0].user.exec
    const ask = async (info = {}) =>
      JSON.parse((await run.run(command, args, '', { KUBERNETES_EXEC_INFO: JSON.stringify(info) })).out)
    const first = await ask()
    expect(first).toEqual({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'kube-canary-1', expirationTimestamp: expect.any(String) },
    })
    expect(Date.parse(first.status.expirationTimestamp)).toBeGreaterThan(Date.now())
    const older = { apiVersion: 'client.authentication.k8s.io/v1beta1', kind: 'ExecCredential' }
    expect(await ask(older)).toMatchObject({ apiVersion: older.apiVersion })
    run.clock.skew = 850_000
    expect(await ask()).toMatchObject({ status: { token: 'kube-canary-2' } })
  })

  it('gets nothing of a scope that the run has not, and a helper of one form nothing of another', async () => {
    run = await deliveredRun({ deploy: { credential: fakeKubernetes } })
    const { command, args } = kubeconfig().users[0].user.exec
    const ask = (scope: string, form: string) => run.run(command, [args[0], scope, form])
    expect(await ask('other', 'exec-credential')).toMatchObject({ code: 2, out: '' })
    expect(await ask('deploy', 'credential-process')).toMatchObject({ code: 2, out: '' })
    expect(await ask('deploy', 'everything')).toMatchObject({ code: 2, out: '' })
    const stranger = await run.run(command, args, '', { BROKER_OUTER_SECRET: 'brk_run_y' })
    expect(stranger).toMatchObject({ code: 1, out: '', err: expect.stringContaining('has ended') })
    const outside = await run.run(command, args, '', { BROKER_OUTER_SOCKET: '' })
    expect(outside).toMatchObject({ code: 1, out: '', err: expect.stringContaining('not inside the run') })
  })

  it('without a scope finds none of the user’s own clusters', async () => {
    run = await deliveredRun({ reports: { credential: fakeAws } })
    expect(kubeconfig()).toEqual({ apiVersion: 'v1', kind: 'Config', clusters: [], users: [], contexts: [] })
  })
})
