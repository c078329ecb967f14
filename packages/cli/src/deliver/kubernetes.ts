import { formOf } from '@credbroker/sdk/form'
import type { Deliverer, Leased, RunTools } from './delivery.ts'

/**
 * A kubeconfig of this run with a context per scope, which asks a helper whenever a token is wanted. Without a scope it is empty, so
 * that nobody finds the user's own.
 */
export const kubernetesDelivery: Deliverer = {
  form: 'kubernetes',
  deliver: async (leased, { files, helper }) => ({
    env: { KUBECONFIG: files.write('kubeconfig', `${JSON.stringify(kubeconfig(leased, helper))}\n`) },
    stop: () => {},
  }),
}

/** JSON is YAML. */
function kubeconfig(leased: readonly Leased[], helper: RunTools['helper']): object {
  const [first] = leased
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: leased.map(({ handle, lease }) => {
      const { server, ca } = formOf('kubernetes', lease)
      const trusted = ca !== undefined && { 'certificate-authority-data': Buffer.from(ca).toString('base64') }
      return { name: handle.scope, cluster: { server, ...trusted } }
    }),
    users: leased.map(({ handle: { scope } }) => {
      const [command, ...args] = helper.command(scope, 'exec-credential')
      const apiVersion = 'client.authentication.k8s.io/v1'
      return { name: scope, user: { exec: { apiVersion, command, args, interactiveMode: 'Never' } } }
    }),
    contexts: leased.map(({ handle: { scope }, lease }) => {
      const { namespace } = formOf('kubernetes', lease)
      return { name: scope, context: { cluster: scope, user: scope, namespace } }
    }),
    ...(first && { 'current-context': first.handle.scope }),
  }
}
