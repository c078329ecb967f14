import type { LeaseAtVendor, RevocationResult, VendorIo } from '../../provider.ts'
import type { Metadata, Told } from './api.ts'
import {
  createObject,
  findObject,
  holds,
  LOOK,
  leaseName,
  listObjects,
  objectName,
  removeObject,
} from './lease-object.ts'
import type { KubernetesHandle, KubernetesRoot, KubernetesSpec } from './root.ts'

/** An API server believes for so long that a token is good which it has just seen. */
const CACHE_SECONDS = 10
/** Looks take seconds. What is older was left by a broker that died, and its token is over. */
const LOOK_SECONDS = 3600

const DEAD: RevocationResult = { credentialDead: true, sessionsDead: true }

/**
 * Deletes the Secret, and puts another one of its name there, to which no token is bound and which says since when the first one
 * is gone: each API server may take the token for a moment longer. When that is over, the second one goes as well. Nothing
 * begun with the token goes on, since no account that could begin such a thing is minted for.
 */
export async function endToken(
  root: KubernetesRoot,
  lease: LeaseAtVendor<KubernetesSpec, KubernetesHandle>,
  io: VendorIo,
): Promise<RevocationResult> {
  const namespace = lease.handle?.namespace ?? root.namespace
  const name = objectName(lease.name)
  const found = await findObject(root, namespace, name, io)
  if (found && holds(found.value) === 'end') {
    if (ageOf(found.value, found.now) < CACHE_SECONDS) return waiting(found, io)
    await removeObject(root, namespace, found.value, io)
    return DEAD
  }
  // A token that was handed out, and no trace: somebody else deleted its Secret, or we did and died.
  if (!found && !lease.handle) return DEAD
  if (found) await removeObject(root, namespace, found.value, io)
  return waiting(await createObject(root, { namespace, name, holds: 'end' }, {}, io), io)
}

function waiting({ value, now }: Told<Metadata>, io: VendorIo): RevocationResult {
  const left = Math.max(0, CACHE_SECONDS - ageOf(value, now))
  return {
    credentialDead: false,
    sessionsDead: false,
    deadBy: new Date(io.now().getTime() + left * 1000),
    remains: [`each API server may take the token for ${CACHE_SECONDS} s more`],
  }
}

export async function findTokens(
  root: KubernetesRoot,
  prefix: string,
  io: VendorIo,
): Promise<readonly string[]> {
  const { value, now } = await listObjects(root, io)
  for (const each of value)
    if (each.name.startsWith(LOOK) && holds(each) === 'look' && ageOf(each, now) > LOOK_SECONDS)
      await removeObject(root, root.namespace, each, io)
  return value
    .filter((each) => each.name.startsWith(objectName(prefix)))
    .filter((each) => holds(each) !== 'end' || ageOf(each, now) > CACHE_SECONDS)
    .map(({ name }) => leaseName(name))
}

const ageOf = ({ creationTimestamp }: Metadata, now: Date): number =>
  (now.getTime() - Date.parse(creationTimestamp)) / 1000
