import { readFile } from 'node:fs/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { asRoot } from '../../../../../test/contracts/provider/bench.ts'
import { AWS_REGION } from '../../../../../test/harness/moto.ts'
import { order, startAws } from '../../../test/aws-fixture.ts'
import { federatedBy, startIssuer } from '../../../test/federation-fixture.ts'

const page = new URL('../../../../../docs/providers/aws-federated.md', import.meta.url)
const { moto, skipped } = await startAws()

describe.skipIf(skipped)('docs/providers/aws-federated.md', () => {
  afterAll(() => moto.stop())

  it('its policies, pasted, make a root that mints and ends, with nothing to say but to bound the revoker', async () => {
    const issuer = await startIssuer('staging')
    const id = '555555555555'
    const text = (await readFile(page, 'utf8'))
      .replaceAll('https://broker.example.com/issuers/staging', issuer.url)
      .replaceAll('broker.example.com/issuers/staging', issuer.url.replace('http://', ''))
      .replaceAll('111111111111', id)
    const [trust, ending] = [...text.matchAll(/```json\n([\s\S]*?)```/g)].map(
      ([, json = '']) => (JSON.parse(json) as { Statement: object[] }).Statement,
    )
    if (!trust?.[0] || !ending) throw new Error('the page has no policies')
    const audience = /--client-id-list (\S+)/.exec(text)?.[1] ?? ''

    const aws = await moto.account(id)
    await aws.openIdProvider(issuer.url, audience)
    const statements = [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }]
    const role = await aws.role('reports', { path: '/agents/', statements, trusting: trust[0] })
    const revokerRole = await aws.role('credbroker-revoker', { statements: ending, trusting: trust[0] })
    const root = asRoot({ roles: [role], revokerRole, region: AWS_REGION, endpointUrl: moto.url })

    const provider = federatedBy(issuer)
    const { complete, findings } = await provider.inspect(root)
    expect({ complete, findings: findings.map(({ code }) => code) }).toEqual({
      complete: true,
      findings: ['revoker-can-widen'],
    })
    const spec = { roleArn: role, s3: [{ bucket: 'reports' }] }
    const made = order(id)
    const { expiresAt, handle } = await provider.mint(root, spec, made)
    const lease = { name: made.name, spec, expiresAt, handle }
    expect(await provider.revocation?.revoke(root, lease)).toMatchObject({
      remains: ['AWS takes minutes to apply the denial'],
    })
    await issuer.stop()
  })

  it('names every finding that can be made', async () => {
    const text = await readFile(page, 'utf8')
    for (const file of ['inspect.ts', '../../aws/reach.ts'])
      for (const [, code = ''] of (await readFile(new URL(file, import.meta.url), 'utf8')).matchAll(
        /code: '([a-z-]+)'/g,
      ))
        expect(text).toContain(`\`${code}\``)
  })
})
