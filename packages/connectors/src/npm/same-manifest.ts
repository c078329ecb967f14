import { canonicalJson, type Json } from '@credbroker/core/canonical-json'
import { Refused } from '../refusals.ts'
import { bareName } from './names.ts'
import type { Unpacked } from './tarball.ts'

type Manifest = { readonly [name: string]: Json }
type Named = ReadonlyMap<string, Json>

const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall'] as const
const BUILD = 'node-gyp rebuild'

/**
 * The registry shows one manifest, and the tarball holds another. Both are the publisher's, nobody compares them, and npm acts on
 * both: on the one for what else to install, on the other for what to run. Here they must agree.
 *
 * @throws {Refused}
 */
export function checkSameManifest(shown: Manifest, { manifest, builds }: Unpacked): void {
  const same = (at: string, read: (from: Manifest) => Named) => {
    if (spelled(read(shown)) !== spelled(read(manifest))) throw new Refused('argument_refused', at)
  }
  same(
    'dependencies',
    (from) => new Map([...named(from, 'dependencies'), ...named(from, 'optionalDependencies')]),
  )
  same('peerDependencies', (from) => named(from, 'peerDependencies'))
  if (named(manifest, 'directories').get('bin') === undefined) same('bin', commands)
  same('scripts', (from) => {
    const scripts = installScripts(from)
    // npm writes down that it builds what has a `binding.gyp`.
    if (builds && scripts.get('install') === BUILD) scripts.delete('install')
    return scripts
  })
}

/** Names of the scripts that npm runs wherever it installs this. */
export function runsOnInstall({ manifest, builds }: Unpacked): readonly string[] {
  const scripts = installScripts(manifest)
  const { gypfile } = manifest
  const gyp = builds && gypfile !== false && !scripts.has('install') && !scripts.has('preinstall')
  return [...scripts.keys(), ...(gyp ? [BUILD] : [])]
}

function installScripts(from: Manifest): Map<string, Json> {
  const all = named(from, 'scripts')
  return new Map(INSTALL_SCRIPTS.flatMap((name) => (all.has(name) ? [[name, all.get(name) ?? null]] : [])))
}

/** One command may be written as its path alone, and is then called after the package. */
function commands(from: Manifest): Named {
  const { bin, name } = from
  const all =
    typeof bin === 'string' ? new Map<string, Json>([[bareName(String(name)), bin]]) : named(from, 'bin')
  return new Map(
    [...all].map(([command, path]) => [
      command,
      typeof path === 'string' ? path.replace(/^(\.?\/)+/, '') : path,
    ]),
  )
}

function named(from: Manifest, member: string): Map<string, Json> {
  const value = from[member] ?? {}
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Refused('argument_refused', member)
  return new Map(Object.entries(value as Manifest))
}

const spelled = (map: Named): string => canonicalJson(Object.fromEntries(map))
