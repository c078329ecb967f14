import { newOpaque } from '@credbroker/core/opaque'
import { Secret } from '@credbroker/core/secret'
import { formOf } from '@credbroker/sdk/form'
import { awsConfigFile } from './aws-config.ts'
import type { Deliverer } from './delivery.ts'
import { keepFresh } from './keep-fresh.ts'

/**
 * The container endpoint of the AWS SDKs and CLI, and a configuration file of this run only. The credentials stay in
 * this process and its endpoint; the environment holds the endpoint's secret, which is worth nothing once we exit.
 */
export const awsDelivery: Deliverer = {
  form: 'aws',
  deliver: async (leased, { files, io, helper }) => {
    const closed = {
      AWS_SHARED_CREDENTIALS_FILE: files.write('aws-credentials', ''),
      AWS_EC2_METADATA_DISABLED: 'true',
    }
    const [first] = leased
    if (!first) return { env: { ...closed, AWS_CONFIG_FILE: files.write('aws-config', '') }, stop: () => {} }

    const { awsEndpoint } = await import('./aws-endpoint.ts')
    const secret = new Secret(newOpaque('run', io.random))
    const endpoint = await awsEndpoint(
      leased.map(({ handle }) => handle),
      secret,
    )
    const profiles = leased.map(({ handle: { scope }, lease }) => ({
      scope,
      credential: formOf('aws', lease),
      command: helper.command(scope, 'credential-process'),
    }))
    const only = leased.length === 1 ? formOf('aws', first.lease) : undefined
    // The SDKs wait a second for the endpoint, less than a vendor may take: it always has a lease at hand.
    const stops = leased.map(({ handle }) => keepFresh(handle, io))
    return {
      env: {
        ...closed,
        AWS_CONFIG_FILE: files.write('aws-config', awsConfigFile(profiles)),
        AWS_CONTAINER_CREDENTIALS_FULL_URI: endpoint.url(first.handle.scope),
        AWS_CONTAINER_AUTHORIZATION_TOKEN: secret.expose(),
        // A variable would win over the profiles, which may have other regions and endpoints.
        AWS_REGION: only?.region,
        AWS_DEFAULT_REGION: only?.region,
        AWS_ENDPOINT_URL: only?.endpointUrl,
      },
      ports: [endpoint.port],
      stop: () => {
        for (const stop of stops) stop()
        endpoint.close()
      },
    }
  },
}
