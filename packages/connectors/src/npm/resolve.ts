import { isDangerous } from '@credbroker/core/access'
import { z } from 'zod'
import type { Fact, Resolution } from '../connector.ts'
import type { UpstreamReader } from '../request.ts'
import { npmEffect } from './catalogue.ts'
import { tagTarget } from './language.ts'
import { escapedName, fits } from './names.ts'
import type { NpmOperation } from './operation.ts'
import type { NpmSpec } from './spec.ts'

const tagsForm = z
  .record(z.string(), z.string().regex(/^[!-~]{1,256}$/))
  .transform((tags) => new Map(Object.entries(tags)))
const packument = z.object({
  name: z.string(),
  'dist-tags': tagsForm,
  versions: z.record(z.string(), z.unknown()),
})
/** How registries say that there is no such package; another 404 says nothing. */
const nothing = z.union([z.string(), z.object({ error: z.string() }).transform(({ error }) => error)])

type Facts = { readonly [name: string]: Fact }

/** The name says where it is; what is there now is asked of the registry, for whoever approves. */
export async function resolveNpm(
  operation: NpmOperation,
  spec: NpmSpec,
  reader: UpstreamReader,
): Promise<Resolution> {
  const { arguments: given } = operation
  if (reader.host !== new URL(spec.registry).host) return { is: 'unresolved' }
  if (!('name' in given)) return { is: 'nowhere' }
  if (!fits(spec.packages, given.name))
    return operation.name === 'read' && fits(spec.public, given.name)
      ? { is: 'nowhere' }
      : { is: 'unresolved' }
  const facts = await factsOf(operation, asker(reader, npmEffect(operation).access.some(isDangerous)))
  if (!facts) return { is: 'unresolved' }
  return { is: 'resolved', anchors: [`${reader.host}/${given.name}`], facts }
}

/** Undefined where the registry does not know, or does not make sense. */
async function factsOf(operation: NpmOperation, ask: Ask): Promise<Facts | undefined> {
  const { name, arguments: given } = operation
  switch (name) {
    case 'read':
      return {}
    case 'stage':
    case 'publish': {
      const tags = await ask(tagTarget({ name: given.name }), tagsForm)
      if (!tags) return undefined
      const { tag, access, integrity, bytes, files, installScripts } = given
      const latest = (tags !== 'none' && tags.get('latest')) || ''
      const now = { newPackage: tags === 'none', latest }
      return { tag, access: access ?? 'unchanged', integrity, bytes, files, installScripts, ...now }
    }
    case 'distTagSet':
    case 'distTagRemove': {
      const tags = await ask(tagTarget({ name: given.name }), tagsForm)
      if (!tags || tags === 'none') return undefined
      return { tag: given.tag, versionBefore: tags.get(given.tag) ?? '' }
    }
    case 'unpublish': {
      const found = await ask(`/${escapedName(given.name)}`, packument)
      if (!found || found === 'none' || found.name !== given.name) return undefined
      return { versions: Object.keys(found.versions).length, latest: found['dist-tags'].get('latest') ?? '' }
    }
  }
}

type Ask = <T>(target: string, form: z.ZodType<T>) => Promise<T | 'none' | undefined>

const asker =
  (reader: UpstreamReader, fresh: boolean): Ask =>
  async (target, form) => {
    const { status, body } = await reader.read(
      { method: 'GET', target, headers: { accept: 'application/json' } },
      { fresh },
    )
    let answer: unknown
    try {
      answer = JSON.parse(body)
    } catch {
      return undefined
    }
    const said = status === 404 ? nothing.safeParse(answer).data : undefined
    if (said !== undefined && /^(not[ _-]?found|no such package)/i.test(said)) return 'none'
    return status === 200 ? form.safeParse(answer).data : undefined
  }
