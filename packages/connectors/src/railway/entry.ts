import type { Access, Side } from '@credbroker/core/access'

/**
 * What an argument names, and so how its place is found. `environment`, `deployment`, `volumeInstance` and `domain` lie in one
 * environment; a `volume` lies in each environment that has an instance of it; `project` and `service` lie in no environment,
 * and touch the whole project unless the same call names an environment of it. `volumeHere` is a volume of which
 * only the instance in the named environment is meant; `backup` must be one of the named volume instance.
 */
export type Finder =
  | 'environment'
  | 'deployment'
  | 'volumeInstance'
  | 'domain'
  | 'volume'
  | 'volumeHere'
  | 'backup'
  | 'project'
  | 'service'

/** Arguments by their path, `input.environmentId`. */
export type Places = Readonly<Partial<Record<Finder, string>>>

export interface Entry {
  readonly access: Access | readonly Access[]
  /** Levels that come with an argument, by its path. */
  readonly raised?: Readonly<Record<string, Access>>
  readonly touches?: readonly Side[]
  readonly erases?: readonly Side[]
  /** Each is required, also where the vendor would take its absence for “everywhere”. */
  readonly at: Places
  /** Looked at where they are given. */
  readonly also?: Places
  /** What goes with all of its backups: the named volumes, those of the named service, or all in the place. */
  readonly whole?: 'named' | 'service' | 'all'
  /** Required as well, though they name nothing. */
  readonly needs?: readonly string[]
}

/** Why an operation that we know is denied whatever the policy says. */
export type Closed = 'outside_environments' | 'opaque_input' | 'unresolvable' | 'answers_credential'

export interface ClosedEntry {
  readonly access: Access
  readonly closed: Closed
}

export type CatalogueEntry = Entry | ClosedEntry
export type Catalogue = Readonly<Record<string, CatalogueEntry>>

/** The same entry under several names. */
export const each = (entry: CatalogueEntry, names: string): Catalogue =>
  Object.fromEntries(names.split(/\s+/).map((name) => [name, entry]))
