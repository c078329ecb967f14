import { covers } from '@credbroker/core/anchor'
import { BrokerError, type Problem } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import type { Minted, MintOrder, VendorIo } from '../../provider.ts'
import { sightOf } from './assess.ts'
import type { Sight } from './judge.ts'
import {
  createObject,
  FLOOR_SECONDS,
  issueToken,
  noAccount,
  objectName,
  removeObject,
} from './lease-object.ts'
import type { KubernetesHandle, KubernetesRoot, KubernetesSpec } from './root.ts'

/** Looked at with the token itself, before anybody has it (I2, I4b): what is more than was decided goes with its Secret. */
export async function mintToken(
  root: KubernetesRoot,
  spec: KubernetesSpec,
  order: MintOrder,
  io: VendorIo,
): Promise<Minted<KubernetesHandle>> {
  const left = Math.floor((order.expiresAt.getTime() - io.now().getTime()) / 1000)
  if (left < FLOOR_SECONDS - LIMITS.graceSeconds)
    throw new BrokerError('ttl_below_floor', {
      detail: `Kubernetes issues no token for less than ${FLOOR_SECONDS} s`,
    })
  const { namespace, server, ca } = root
  const at = { namespace, name: objectName(order.name), holds: 'lease' } as const
  const { value: bound } = await createObject(root, at, annotationsOf(order), io)
  try {
    const seconds = Math.max(left, FLOOR_SECONDS)
    const issued = await issueToken(root, spec.serviceAccount, { bound, seconds }, io)
    if (!issued) throw noAccount()
    expectWithin(await sightOf(root, spec, issued.token, io), order)
    return {
      credential: {
        form: 'kubernetes',
        token: issued.token,
        server,
        namespace: spec.namespace,
        ...(ca !== undefined && { ca }),
      },
      handle: { namespace },
      expiresAt: issued.until,
    }
  } catch (error) {
    // Whatever remains is ended by its name.
    await removeObject(root, namespace, bound, io).catch(() => {})
    throw error
  }
}

function expectWithin(sight: Sight, { within }: MintOrder): void {
  const problems: Problem[] = sight.findings.map(({ code, message }) => ({ at: code, message }))
  for (const { access, because } of sight.evidence)
    if (!within.access.includes(access))
      problems.push({ at: access, message: `more than was decided: ${because}` })
  if (!sight.reach.every((anchor) => within.anchors.some((own) => covers(own, anchor))))
    problems.push({ at: 'serviceAccount', message: 'reaches past the anchors of the environment' })
  if (problems.length > 0) throw new BrokerError('reach_refused', { problems })
}

/** For whoever finds the Secret, and for the cluster's own audit. */
const annotationsOf = ({ labels, expiresAt }: MintOrder): Record<string, string> => ({
  'credbroker-agent': labels.agent,
  'credbroker-owner': labels.owner,
  'credbroker-task': labels.task,
  'credbroker-environment': labels.environment,
  'credbroker-expires': expiresAt.toISOString(),
})
