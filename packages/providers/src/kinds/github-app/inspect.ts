import { z } from 'zod'
import type { Finding, Inspection, VendorIo } from '../../provider.ts'
import { askAsApp, type Issued, looking, read } from './app.ts'
import { ask, refusal } from './github.ts'
import { permissionOf } from './permissions.ts'
import type { GithubRoot } from './root.ts'

/** Beyond these nobody can say what a key reaches. */
const MOST_INSTALLATIONS = 20
const MOST_PAGES = 10
const PAGE = 100

const app = z.object({ slug: z.string().max(100).default('') })
const installation = z.object({
  id: z.number().int().positive(),
  account: z.object({ login: z.string().max(100) }).nullish(),
  repository_selection: z.string().optional(),
  permissions: z.record(z.string(), z.string()).default({}),
  suspended_at: z.string().nullish(),
})
type Installation = z.infer<typeof installation>
const page = z.object({
  total_count: z.number().int().nonnegative(),
  repositories: z.array(z.object({ id: z.number().int().positive() })),
})

/** The key of an App opens every installation of it, whichever the root names: so all of them are its reach (I2). */
export async function inspectRoot(root: GithubRoot, io: VendorIo): Promise<Inspection> {
  const { slug } = await askAsApp(root, '/app', app, 'who this is', io)
  const path = `/app/installations?per_page=${PAGE}`
  const installations = await askAsApp(root, path, z.array(installation), 'where it is installed', io)
  const own = installations.find(({ id }) => String(id) === root.installationId)
  const findings = [
    ...(own ? [] : [NOT_INSTALLED]),
    ...(own?.suspended_at ? [SUSPENDED] : []),
    ...(installations.length > 1 ? [SEVERAL] : []),
    ...installations.flatMap(tooBroad),
  ]
  const looked = installations.slice(0, MOST_INSTALLATIONS)
  const reach = new Set<string>()
  let complete = installations.length <= MOST_INSTALLATIONS
  for (const each of looked) {
    const found = await repositoriesOf(root, each, io)
    complete &&= found.complete
    for (const id of found.ids) reach.add(id)
  }
  return {
    reach: [...reach].sort(),
    complete,
    identity: `App ${slug || root.appId} at ${own?.account?.login ?? 'nobody'}`,
    findings: [...new Map(findings.map((each) => [each.code, each])).values()],
  }
}

/** What is suspended mints nothing, but may be let in again at any time. */
async function repositoriesOf(root: GithubRoot, { id, suspended_at }: Installation, io: VendorIo) {
  if (suspended_at) return { ids: [], complete: false }
  return looking(root, String(id), undefined, (looked) => listed(root, looked, io), io)
}

async function listed(root: GithubRoot, { token }: Issued, io: VendorIo) {
  const ids: string[] = []
  for (let number = 1; number <= MOST_PAGES; number++) {
    const path = `/installation/repositories?per_page=${PAGE}&page=${number}`
    const answer = await ask(root.origin, { method: 'GET', path, bearer: token }, io)
    if (answer.status !== 200) throw refusal(answer, 'what it reaches')
    const { total_count, repositories } = read(page, answer, 'what it reaches')
    ids.push(...repositories.map((each) => String(each.id)))
    if (ids.length >= total_count) return { ids, complete: true }
    if (repositories.length === 0) break
  }
  return { ids, complete: false }
}

function tooBroad({ repository_selection, permissions }: Installation): Finding[] {
  const needless = Object.entries(permissions)
    .filter(([name, level]) => permissionOf(name)?.[level === 'read' ? 'read' : 'write'] === undefined)
    .map(([name, level]) => `${name}: ${level}`)
    .sort()
  return [
    ...(repository_selection === 'selected' ? [] : [ALL_REPOSITORIES]),
    ...(needless.length === 0
      ? []
      : [
          {
            level: 'over-broad',
            code: 'more-than-minting',
            message: `The App holds permissions that no scope can ask for: ${needless.slice(0, 10).join(', ')}. Take them away.`,
          } as const,
        ]),
  ]
}

const ALL_REPOSITORIES: Finding = {
  level: 'over-broad',
  code: 'all-repositories',
  message:
    'The App is installed for all repositories, those still to come included. Select the ones it is for.',
}
const SEVERAL: Finding = {
  level: 'over-broad',
  code: 'several-installations',
  message: 'The key opens every installation of the App. Give each environment an App of its own.',
}
const SUSPENDED: Finding = {
  level: 'unsafe',
  code: 'suspended',
  message:
    'The installation is suspended: nothing can be minted, and tokens would live again when it no longer is.',
}
const NOT_INSTALLED: Finding = {
  level: 'unsafe',
  code: 'not-installed',
  message: 'The App has no installation of that number.',
}
