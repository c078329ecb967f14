import { describe, expect, it } from 'vitest'
import { anchor, ids, railwayVendor } from '../../test/railway-vendor.ts'
import railway from '../kinds/railway.ts'

type Type = 'account' | 'workspace' | 'project'
type Answer = (question: { readonly query: string; readonly variables: object }) => unknown

/** Asks as a token of this type. What `answer` leaves undefined is answered by the small Railway. */
async function reach(type: Type, answer: Answer = () => undefined) {
  const asked: string[] = []
  const root = railway.root.parse({ token: 'c0ffee00-dead-4bee-8fed-0123456789ab', type })
  const read = async ({ body = '' }) => {
    asked.push(body)
    const own = answer(JSON.parse(body))
    return own === undefined ? railwayVendor(body) : { status: 200, body: JSON.stringify(own) }
  }
  const found = await railway.reach(root, { host: 'backboard.railway.com', read })
  return { ...found, asked }
}

const page = (nodes: object[], endCursor?: string) => ({
  edges: nodes.map((node) => ({ node })),
  pageInfo: { hasNextPage: endCursor !== undefined, endCursor: endCursor ?? null },
})
const notAuthorized = { errors: [{ message: 'Not Authorized' }], data: null }
const asks = (field: string, question: { readonly query: string }) => question.query.includes(`a: ${field}`)
const id = (number: number) => `aaaaaaaa-0000-4000-8000-${String(number).padStart(12, '0')}`

describe('what a Railway token reaches (I2)', () => {
  it('a project token: its one environment', async () => {
    expect(await reach('project')).toMatchObject({
      reach: [anchor.staging],
      complete: true,
      identity: `project token deploys of staging (${ids.token})`,
      findings: [],
    })
  })

  it('an account token: every environment of every project, and that is too much', async () => {
    const found = await reach('account')
    expect(new Set(found.reach)).toEqual(new Set([anchor.staging, anchor.production]))
    expect(found).toMatchObject({
      complete: true,
      identity: `account Jer (${ids.person}), of Shop (${ids.workspace})`,
      findings: [{ level: 'over-broad', code: 'account-token' }],
    })
  })

  it('a workspace token: the same of its workspace, without asking who its maker is', async () => {
    const found = await reach('workspace')
    expect(found).toMatchObject({
      reach: [anchor.staging, anchor.production],
      complete: true,
      identity: `workspace Shop (${ids.workspace})`,
      findings: [{ level: 'over-broad', code: 'workspace-token' }],
    })
    expect(found.asked.some((body) => body.includes('a: me'))).toBe(false)
  })

  it('reads lists to their end, those within lists too', async () => {
    const found = await reach('workspace', (question) => {
      if (asks('projects', question)) {
        const first = { id: id(1), environments: page([{ id: ids.staging }], 'e1') }
        if (!('after' in question.variables)) return { data: { a: page([first], 'p1') } }
        return { data: { a: page([{ id: id(2), environments: page([]) }]) } }
      }
      if (!asks('environments', question)) return undefined
      return { data: { a: page([{ id: ids.staging }, { id: ids.production }]) } }
    })
    expect(found.complete).toBe(true)
    expect(new Set(found.reach)).toEqual(
      new Set([`${id(1)}/${ids.staging}`, `${id(1)}/${ids.production}`, id(2)]),
    )
  })

  it.each([
    ['goes on without saying where', { hasNextPage: true, endCursor: null }],
    ['goes on in the same place', { hasNextPage: true, endCursor: 'p1' }],
  ])('a list that %s is not complete', async (_, pageInfo) => {
    const found = await reach('workspace', (question) =>
      asks('projects', question) ? { data: { a: { ...page([]), pageInfo } } } : undefined,
    )
    expect(found).toMatchObject({ reach: [], complete: false })
  })

  it('one that never ends is left off, and said to be incomplete', async () => {
    let cursor = 0
    const found = await reach('account', (question) => {
      cursor += 1
      const project = { id: id(cursor), environments: page([{ id: ids.staging }]) }
      return asks('projects', question) ? { data: { a: page([project], `p${cursor}`) } } : undefined
    })
    expect(found.complete).toBe(false)
    expect(found.asked.length).toBeLessThan(100)
  })

  it.each(['project', 'workspace', 'account'] as const)(
    'a %s token that is refused is unreadable',
    async (type) => {
      expect(await reach(type, () => notAuthorized)).toMatchObject({ reach: [], complete: false })
    },
  )

  it.each(['me', 'projects', 'externalWorkspaces'])(
    'an account token whose %s are kept back is unreadable',
    async (field) => {
      const found = await reach('account', (question) => (asks(field, question) ? notAuthorized : undefined))
      expect(found).toMatchObject({ reach: [], complete: false })
    },
  )
})
