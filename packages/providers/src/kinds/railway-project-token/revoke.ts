import type { LeaseAtVendor, RevocationResult, VendorIo } from '../../provider.ts'
import { Sparing } from './ask.ts'
import { reached } from './reach.ts'
import type { RailwayHandle, RailwayRoot, RailwaySpec } from './root.ts'
import { removeToken, tokensOf } from './tokens.ts'

/** By its name alone, wherever it may be; believed when Railway lists it no more. A list that cannot be read says nothing. */
export async function endToken(
  root: RailwayRoot,
  { name, spec, handle }: LeaseAtVendor<RailwaySpec, RailwayHandle>,
  io: VendorIo,
): Promise<RevocationResult> {
  const projects = handle
    ? [handle.project]
    : [...new Set([...(await reached(root, io)).projects.keys(), ...spec.projects])]
  const named = async () => (await tokensOf(root, projects, io)).filter((each) => each.name === name)
  const found = await named()
  for (const { id } of found) await removeToken(root, id, io)
  const dead = found.length === 0 || (await named()).length === 0
  return {
    credentialDead: dead,
    sessionsDead: dead,
    ...(!dead && { remains: ['Railway still lists the token'] }),
  }
}

export async function findTokens(
  root: RailwayRoot,
  prefix: string,
  io: VendorIo,
): Promise<readonly string[]> {
  const sparing = new Sparing()
  const { projects } = await reached(root, io, sparing)
  const all = await tokensOf(root, [...projects.keys()], io, sparing)
  return [...new Set(all.map(({ name }) => name).filter((name) => name.startsWith(prefix)))]
}
