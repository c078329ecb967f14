import type { Json } from '@credbroker/core/canonical-json'

/** What `read` reads. The last three belong to no package. */
export type ReadArguments =
  | {
      readonly what: 'packument'
      readonly name: string
      readonly form: 'full' | 'short'
      readonly fresh: boolean
    }
  | { readonly what: 'version'; readonly name: string; readonly version: string }
  | { readonly what: 'tarball'; readonly name: string; readonly version: string }
  | { readonly what: 'distTags'; readonly name: string }
  | { readonly what: 'ping' | 'whoami' | 'keys' }

/** One version with its tarball: all that is published, and what a person should know of it. */
export type ReleaseArguments = {
  readonly name: string
  readonly version: string
  readonly tag: string
  readonly access: 'public' | 'restricted' | null
  readonly integrity: string
  /** Of the tarball. */
  readonly bytes: number
  readonly unpackedBytes: number
  readonly files: number
  /** What npm would run on every machine that installs it. */
  readonly installScripts: readonly string[]
  /** The version's manifest without what is said above. */
  readonly manifest: { readonly [name: string]: Json }
  /** Base64. */
  readonly tarball: string
}

export type NpmOperation =
  | { readonly name: 'read'; readonly arguments: ReadArguments }
  | { readonly name: 'stage' | 'publish'; readonly arguments: ReleaseArguments }
  | {
      readonly name: 'distTagSet'
      readonly arguments: { readonly name: string; readonly tag: string; readonly version: string }
    }
  | { readonly name: 'distTagRemove'; readonly arguments: { readonly name: string; readonly tag: string } }
  | { readonly name: 'unpublish'; readonly arguments: { readonly name: string; readonly revision: string } }

export type NpmOperationName = NpmOperation['name']
