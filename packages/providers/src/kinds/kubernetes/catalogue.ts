import type { Access } from '@credbroker/core/access'

/**
 * What a right on a resource is. `plain` is data; `workload` starts programs, under any account of its namespace and with its
 * Secrets; `power` says what others may, or where what is meant for others goes; `stream` is a connection that the API server does not end with its token.
 */
type Nature = 'plain' | 'workload' | 'power' | 'secret' | 'stream' | 'scale'

const NATURES: Readonly<Record<Nature, string>> = {
  plain: `/configmaps /events /persistentvolumeclaims /pods/status /persistentvolumeclaims/status
    apps/controllerrevisions apps/deployments/status apps/replicasets/status apps/statefulsets/status
    apps/daemonsets/status batch/jobs/status batch/cronjobs/status autoscaling/horizontalpodautoscalers
    autoscaling/horizontalpodautoscalers/status coordination.k8s.io/leases events.k8s.io/events
    networking.k8s.io/ingresses networking.k8s.io/ingresses/status policy/poddisruptionbudgets
    policy/poddisruptionbudgets/status metrics.k8s.io/pods`,
  workload: `/pods /podtemplates /replicationcontrollers apps/deployments apps/replicasets apps/statefulsets apps/daemonsets
    batch/jobs batch/cronjobs`,
  power: `/serviceaccounts /namespaces /namespaces/status /resourcequotas /resourcequotas/status /limitranges
    /services /services/status /endpoints discovery.k8s.io/endpointslices networking.k8s.io/networkpolicies`,
  secret: '/secrets',
  stream: `/pods/log /pods/exec /pods/attach /pods/portforward /pods/proxy /pods/ephemeralcontainers /services/proxy
    /nodes/proxy`,
  scale: `/replicationcontrollers/scale apps/deployments/scale apps/replicasets/scale apps/statefulsets/scale /pods/eviction`,
}

const OF = new Map(
  Object.entries(NATURES).flatMap(([nature, names]) =>
    names.split(/\s+/).map((name) => [name, nature as Nature] as const),
  ),
)

/** `''`, `pods` → what that is, or nothing where nobody knows. */
export const natureOf = (group: string, resource: string): Nature | undefined =>
  OF.get(`${group}/${resource}`)

const WRITE: Readonly<Record<Nature, readonly Access[]>> = {
  plain: ['write'],
  workload: ['write', 'admin', 'secret', 'execute'],
  power: ['write', 'admin'],
  secret: ['write', 'admin', 'secret'],
  stream: ['execute'],
  scale: ['write', 'delete'],
}

/** What one verb on one kind of thing allows. What is unknown is `admin` (I4b). */
export function accessOf(nature: Nature | undefined, verb: string): readonly Access[] {
  if (nature === undefined) return ['admin']
  switch (verb) {
    case 'get':
    case 'list':
      return nature === 'secret' ? ['secret'] : nature === 'stream' ? ['execute'] : ['read']
    case 'watch':
      return ['read']
    case 'create':
    case 'update':
    case 'patch':
      return WRITE[nature]
    case 'delete':
    case 'deletecollection':
      return nature === 'power' ? ['delete', 'admin'] : ['delete']
    default:
      return ['admin']
  }
}
