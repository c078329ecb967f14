import { isDangerous } from '@credbroker/core/access'
import type { Resolution } from '../connector.ts'
import { argumentAt } from '../graphql/argument-at.ts'
import type { GraphqlOperation } from '../graphql/dialect.ts'
import type { UpstreamReader } from '../request.ts'
import { Unplaced } from './ask.ts'
import { type AtStake, atStake, backupFacts, type Found } from './at-stake.ts'
import { openEntryOf } from './catalogue.ts'
import { namedIn } from './config-effect.ts'

import { configOf, railwayEffect } from './effect.ts'
import type { Finder } from './entry.ts'
import type { RailwaySpec } from './spec.ts'
import { askVendor, type Vendor } from './vendor.ts'

/** Never from a cache where the call is dangerous: the reader is told so with every question. */
export async function resolveRailway(
  operations: readonly GraphqlOperation[],
  spec: RailwaySpec,
  reader: UpstreamReader,
): Promise<Resolution> {
  const fresh = operations.some((operation) => railwayEffect(operation).access.some(isDangerous))
  const vendor = askVendor(reader, fresh)
  const anchors: string[] = []
  const stakes: AtStake[] = []
  try {
    for (const operation of operations) {
      const entry = openEntryOf(operation.name)
      if (!entry) return { is: 'unresolved' }
      if (Object.keys(entry.at).length === 0) continue
      const found = await findAll(operation, { ...entry.at, ...entry.also }, spec, vendor)
      anchors.push(...anchorsOf(found))
      stakes.push(await atStake(operation, found, vendor))
    }
    const [first, ...others] = anchors
    if (first === undefined) return { is: 'nowhere' }
    return { is: 'resolved', anchors: [first, ...others], facts: await backupFacts(stakes, vendor) }
  } catch (error) {
    if (error instanceof Unplaced) return { is: 'unresolved' }
    throw error
  }
}

async function findAll(
  operation: GraphqlOperation,
  places: Readonly<Partial<Record<Finder, string>>>,
  spec: RailwaySpec,
  vendor: Vendor,
): Promise<Found> {
  const found: Found = { places: [], projects: [], instances: new Map() }
  // In the order they are written: the environment comes before what is looked for in it.
  for (const [finder, path] of Object.entries(places)) {
    const id = argumentAt(operation, path)
    if (typeof id === 'string') await FIND[finder as Finder](id, { operation, spec, vendor, found })
  }
  const config = configOf(operation)
  if (config === 'unsaid') throw new Unplaced()
  const { services, volumes } = namedIn(config ?? {})
  for (const id of services) await FIND.service(id, { operation, spec, vendor, found })
  for (const id of volumes) await FIND.volumeHere(id, { operation, spec, vendor, found })
  return found
}

interface Search {
  readonly operation: GraphqlOperation
  readonly spec: RailwaySpec
  readonly vendor: Vendor
  readonly found: Found
}

const FIND: Readonly<Record<Finder, (id: string, search: Search) => Promise<unknown>>> = {
  environment: async (id, { vendor, found }) => found.places.push(await vendor.environment(id)),
  deployment: async (id, { vendor, found }) => found.places.push(await vendor.deployment(id)),
  async volumeInstance(id, { vendor, found }) {
    const { name, ...place } = await vendor.volumeInstance(id)
    found.places.push(place)
    found.instances.set(id, name)
  },
  async domain(id, { spec, vendor, found }) {
    for (const project of spec.projects) {
      const place = await vendor.domain(id, project).catch(unlessUnplaced)
      if (place) return found.places.push(place)
    }
    throw new Unplaced()
  },
  async volume(id, search) {
    for (const { project, environment, instance, name } of await instancesOf(id, search)) {
      search.found.places.push({ project, environment })
      search.found.instances.set(instance, name)
    }
  },
  async volumeHere(id, search) {
    const here = new Set(search.found.places.map(({ environment }) => environment))
    const instances = (await instancesOf(id, search)).filter(({ environment }) => here.has(environment))
    if (instances.length === 0) throw new Unplaced()
    for (const { instance, name } of instances) search.found.instances.set(instance, name)
  },
  async backup(id, { operation, vendor }) {
    const instance = argumentAt(operation, 'volumeInstanceId')
    const backups = typeof instance === 'string' ? await vendor.backups(instance) : []
    if (!backups.some((each) => each.id === id)) throw new Unplaced()
  },
  project: async (id, { found }) => found.projects.push(id),
  service: async (id, { vendor, found }) => found.projects.push(await vendor.service(id)),
}

async function instancesOf(id: string, { spec, vendor }: Search) {
  for (const project of spec.projects) {
    const instances = (await vendor.volumesOf(project)).filter(({ volume }) => volume === id)
    if (instances.length > 0) return instances
  }
  throw new Unplaced()
}

const unlessUnplaced = (error: unknown): undefined => {
  if (!(error instanceof Unplaced)) throw error
}

/** Environments; whole projects where the call names no environment. Things of two projects in one call are nobody's honest wish. */
function anchorsOf({ places, projects }: Found): string[] {
  const all = new Set([...places.map(({ project }) => project), ...projects])
  if (all.size !== 1) throw new Unplaced()
  return places.length > 0 ? places.map(({ project, environment }) => `${project}/${environment}`) : [...all]
}
