import { clean } from '@credbroker/core/audit/text'
import type { Fact } from '../connector.ts'
import { argumentAt } from '../graphql/argument-at.ts'
import type { GraphqlOperation } from '../graphql/dialect.ts'
import { Unplaced } from './ask.ts'
import { openEntryOf } from './catalogue.ts'

import { configOf, railwayEffect } from './effect.ts'
import type { Place, Vendor } from './vendor.ts'

/** More volumes than that are no single decision, and what cannot be told in full is not told. */
const VOLUMES = 30

/** What was found of one call. */
export interface Found {
  readonly places: Place[]
  /** Projects of what lies in no single environment. */
  readonly projects: string[]
  /** Volume instances that the call names, with the name of their volume. */
  readonly instances: Map<string, string>
}

/** The volume instances whose backups a call may erase. */
export interface AtStake {
  readonly instances: ReadonlyMap<string, string>
  /** The volumes themselves go, and their backups with them. */
  readonly whole: boolean
}

/** What goes as a whole: the volumes that are named, those of services, or all in the place. */
type Goes = 'nothing' | 'named' | 'all' | { readonly services: readonly string[] }

export async function atStake(operation: GraphqlOperation, found: Found, vendor: Vendor): Promise<AtStake> {
  if (!railwayEffect(operation).erases.includes('backup')) return { instances: new Map(), whole: false }
  const goes = whatGoes(operation)
  const instances = new Map(found.instances)
  if (goes === 'all' || typeof goes === 'object') {
    const environments = new Set(found.places.map(({ environment }) => environment))
    for (const project of new Set([...found.places.map(({ project }) => project), ...found.projects]))
      for (const each of await vendor.volumesOf(project)) {
        if (environments.size > 0 && !environments.has(each.environment)) continue
        if (goes === 'all' || (each.service && goes.services.includes(each.service)))
          instances.set(each.instance, each.name)
      }
  }
  return { instances, whole: goes !== 'nothing' && instances.size > 0 }
}

function whatGoes(operation: GraphqlOperation): Goes {
  const config = configOf(operation)
  if (config === 'unsaid') throw new Unplaced()
  if (config) {
    const gone = (part: Readonly<Record<string, { readonly isDeleted?: boolean | undefined }>> = {}) =>
      Object.entries(part).flatMap(([id, { isDeleted }]) => (isDeleted ? [id] : []))
    const services = gone(config.services)
    if (services.length > 0) return { services }
    return gone(config.volumes).length > 0 ? 'named' : 'nothing'
  }
  const entry = openEntryOf(operation.name)
  if (entry?.whole !== 'service') return entry?.whole ?? 'nothing'
  const service = argumentAt(operation, entry.at.service ?? '')
  return { services: typeof service === 'string' ? [service] : [] }
}

/** For whoever decides: how many backups there are, of what, since when, and whether they die with it. */
export async function backupFacts(
  stakes: readonly AtStake[],
  vendor: Vendor,
): Promise<{ readonly [name: string]: Fact }> {
  const instances = new Map(stakes.flatMap((each) => [...each.instances]))
  if (instances.size === 0) return {}
  if (instances.size > VOLUMES) throw new Unplaced()
  const times: string[] = []
  for (const instance of instances.keys())
    for (const { createdAt } of await vendor.backups(instance)) times.push(new Date(createdAt).toISOString())
  const newest = times.sort().at(-1)
  return {
    volumes: [...new Set([...instances.values()].map((name) => clean(name, 100)))].sort(),
    backupCount: times.length,
    ...(newest !== undefined && { newestBackup: newest }),
    backupsDieWithIt: stakes.some(({ whole }) => whole),
  }
}
