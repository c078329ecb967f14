import { SIDES } from '@credbroker/core/access'
import type { CataloguedOperation, Effect } from '../connector.ts'
import type { NpmOperation, NpmOperationName } from './operation.ts'

const primary = ['primary'] as const
const release = {
  tag: 'string',
  access: 'string',
  integrity: 'string',
  bytes: 'number',
  files: 'number',
  installScripts: 'strings',
  newPackage: 'boolean',
  latest: 'string',
} as const

/**
 * Publishing puts code on every machine that installs the package next, and so does moving a dist-tag: `execute`. What is staged
 * runs nowhere before a maintainer lets it out with their second factor at the registry: `write`. A version that is gone never
 * comes back, and the registry has no copy of it: `unpublish` erases both sides.
 */
const CATALOGUE: { readonly [Name in NpmOperationName]: Omit<CataloguedOperation, 'name'> } = {
  read: { access: ['read'], touches: primary, erases: [] },
  stage: { access: ['write'], touches: primary, erases: [], facts: release },
  publish: { access: ['write', 'execute'], touches: primary, erases: [], facts: release },
  distTagSet: {
    access: ['write', 'execute'],
    touches: primary,
    erases: [],
    facts: { tag: 'string', versionBefore: 'string' },
  },
  distTagRemove: {
    access: ['delete'],
    touches: primary,
    erases: [],
    facts: { tag: 'string', versionBefore: 'string' },
  },
  unpublish: {
    access: ['delete'],
    touches: SIDES,
    erases: SIDES,
    facts: { versions: 'number', latest: 'string' },
  },
}

export const OPERATIONS = Object.keys(CATALOGUE) as [NpmOperationName, ...NpmOperationName[]]

export const catalogued: readonly CataloguedOperation[] = Object.entries(CATALOGUE).map(([name, entry]) => ({
  name,
  ...entry,
}))

export const npmOperations = ({
  operations,
}: {
  readonly operations: readonly string[]
}): readonly CataloguedOperation[] => catalogued.filter(({ name }) => operations.includes(name))

export function npmEffect({ name }: NpmOperation): Effect {
  const entry = Object.hasOwn(CATALOGUE, name) ? CATALOGUE[name] : undefined
  if (!entry) return { access: ['admin'], touches: SIDES, erases: SIDES }
  return { access: entry.access, touches: entry.touches, erases: entry.erases }
}
