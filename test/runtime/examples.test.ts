import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { parse } from 'yaml'
import { support } from '../../examples/ai-sdk.ts'
import { githubClaims } from '../harness/issuer.ts'
import { needs } from '../harness/services.ts'
import { scripted, toolResults } from './examples/scripted-model.ts'
import { commandsOf, EXAMPLES, type ExamplesWorld, SHOP_KEY, startExamplesWorld } from './examples/world.ts'

vi.setConfig({ testTimeout: 120_000 })

const missing = (await needs('psql')) ?? (await needs('openssl'))

describe.skipIf(missing)('the examples', () => {
  let world: ExamplesWorld
  beforeAll(async () => {
    world = await startExamplesWorld()
  }, 180_000)
  afterAll(() => world?.stop())
  afterEach(() => vi.unstubAllEnvs())

  const example = (path: string) => readFile(join(EXAMPLES, path), 'utf8')
  const leftRoles = () =>
    world.sql('orders', String.raw`SELECT rolname FROM pg_roles WHERE rolname LIKE 'brk\_%'`)

  describe('of the AI SDK', () => {
    it('lets a model use what it may, and tells it why not and where to approve; no secret is in what it reads (I1, I4)', async () => {
      const model = scripted(
        [
          ['countOrders', {}],
          ['refund', { order: '1', cents: 100 }],
          ['cancelOrder', { order: '1' }],
        ],
        [['cancelOrder', { order: '1' }]],
      )
      const said: string[] = []
      const read = () => toolResults(model)
      async function* customer() {
        yield 'How many orders are open? Pay me back, and cancel my order 1.'
        expect(world.shop.hits).toEqual([])
        await world.mia.approve(/apr_[0-9a-z]+/.exec(String(read().at(-1)?.[1]))?.[0] ?? '')
        yield 'It is approved now.'
      }
      for (const [name, value] of Object.entries({ ...world.env, BROKER_PROFILE: 'support' }))
        vi.stubEnv(name, value)
      await support(model, customer(), (text) => said.push(text))

      expect(said).toEqual(['answer 1', 'answer 2'])
      expect(read()).toEqual([
        ['countOrders', { open: 2 }],
        [
          'refund',
          expect.stringMatching(/^Denied \[denied\]: Refunds are made by people\. Ask the customer/),
        ],
        [
          'cancelOrder',
          expect.stringMatching(/^Not done yet \[approval_required\]: .* at http:\S+\/approvals\/apr_\w+\. /),
        ],
        ['cancelOrder', { status: 200, body: '{"ok":true}' }],
      ])
      expect(world.shop.hits.map(({ method, target }) => [method, target])).toEqual([
        ['DELETE', '/v1/orders/1'],
      ])
      expect(world.shop.hits[0]?.header('authorization')).toBe(`Bearer ${SHOP_KEY}`)
      const seen = JSON.stringify(model.doGenerateCalls) + said.join()
      expect(seen).not.toContain(SHOP_KEY)
      expect(seen).not.toMatch(/brk_[a-z]|eyJ[\w-]{8,}\./)
      expect(await leftRoles()).toEqual([])
    })
  })

  describe('of a migration', () => {
    const migration = () => ({
      cwd: join(world.folder, 'postgres-migration'),
      env: { BROKER_PROFILE: 'fixer' },
    })
    /** All that a change would change: the rows with who wrote them, and the tables with their columns, owners and rights. */
    const state = async (database: 'orders' | 'orders_live') => [
      await world.sql(database, 'SELECT xmin, * FROM orders ORDER BY id'),
      await world.sql(
        database,
        `SELECT c.xmin, relname, relowner, relacl, array_agg(attname ORDER BY attnum) FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid
          WHERE relnamespace = 'public'::regnamespace GROUP BY c.xmin, c.oid ORDER BY relname`,
      ),
    ]
    const refunded = (database: 'orders' | 'orders_live') =>
      world.sql(database, 'SELECT refunded_cents FROM orders ORDER BY id')
    const DONE = [0, 0, 4000].map((refunded_cents) => ({ refunded_cents }))

    it('works in staging, changes nothing when it is run again, and leaves no role behind (I7)', async () => {
      const [migrate = ''] = await commandsOf('postgres-migration/README.md')
      expect(await world.sh(migrate, migration())).toMatchObject({ code: 0, stdout: '' })
      expect(await refunded('orders')).toEqual(DONE)
      const after = await state('orders')
      expect(await world.sh(migrate, migration())).toMatchObject({ code: 0, stdout: '' })
      expect(await state('orders')).toEqual(after)
      expect(await leftRoles()).toEqual([])
    })

    it('can be followed by another, which alters what the first one made', async () => {
      const commands = await commandsOf('postgres-migration/README.md')
      expect(await world.sh(commands.at(-1) ?? '', migration())).toMatchObject({ code: 0, stdout: '' })
      const [table] = await world.sql(
        'orders',
        `SELECT relowner::regrole::text AS owner, attname FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid
          WHERE relname = 'refunds' AND attname = 'reason'`,
      )
      expect(table).toEqual({ owner: 'orders_owner', attname: 'reason' })
      expect(await leftRoles()).toEqual([])
    })

    it('is refused in production by the same command, and there works for who was approved, once (I2, I4)', async () => {
      const [, inProduction = '', approved = ''] = await commandsOf('postgres-migration/README.md')
      const before = await state('orders_live')
      const refused = await world.sh(inProduction, migration())
      expect(refused).toMatchObject({ code: 3, stdout: '' })
      expect(refused.stderr).toContain('denied: orders-ddl: The scope belongs to another environment')
      const own = await world.sh(inProduction.replace('orders-ddl', 'orders-live-ddl'), migration())
      expect(own).toMatchObject({
        code: 4,
        stdout: '',
        stderr: expect.stringMatching(/approval pending: .*\/approvals\/apr_/),
      })
      expect(await state('orders_live')).toEqual(before)

      const question = async () =>
        (await world.mia.waiting()).find(({ work }) => work?.scope === 'orders-live-ddl')?.id
      // That of the run that did not wait ends with its task.
      await expect.poll(question, { timeout: 20_000 }).toBeUndefined()
      const migrating = world.sh(approved, migration())
      await expect.poll(question, { timeout: 20_000 }).toBeDefined()
      expect(await state('orders_live')).toEqual(before)
      await world.mia.approve((await question()) ?? '')
      const done = await migrating
      expect(done, done.stderr).toMatchObject({ code: 0, stdout: '' })
      expect(await refunded('orders_live')).toEqual(DONE)
      expect(await leftRoles()).toEqual([])
    })
  })

  describe('of GitHub Actions', () => {
    interface Job {
      readonly environment: string
      readonly permissions: Readonly<Record<string, string>>
      readonly env: Readonly<Record<string, string>>
      readonly steps: readonly { readonly name?: string; readonly run?: string }[]
    }
    const jobOf = async () =>
      (parse(await example('github-actions/workflow.yml')) as { jobs: { migrate: Job } }).jobs.migrate

    /** The job's own steps in GitHub's shell and environment. `broker` is on the path, in place of the step that installs it. */
    async function run({ steps, env, environment }: Job, claims: object) {
      world.issuer.answer(
        `/token?api-version=2.0&audience=${encodeURIComponent(world.broker.url)}`,
        (request, response) => {
          if (request.headers.authorization !== 'Bearer of-this-run')
            return void response.writeHead(401).end()
          void world.issuer
            .token(githubClaims({ environment, ...claims }))
            .then((value) => response.end(JSON.stringify({ value })))
        },
      )
      const ran = []
      for (const { name, run } of steps) {
        if (run === undefined || name === 'Install broker') continue
        await writeFile(join(world.folder, 'step.sh'), run)
        const github = {
          CI: 'true',
          GITHUB_ACTIONS: 'true',
          GITHUB_SHA: 'ffac537e6cbbf934b08745a378932722df287a53',
          GITHUB_RUN_ID: '1658821493',
          ACTIONS_ID_TOKEN_REQUEST_URL: `${world.issuer.url}/token?api-version=2.0`,
          ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of-this-run',
        }
        // Nobody has enrolled there.
        const place = { ...env, BROKER_URL: world.broker.url, XDG_CONFIG_HOME: join(world.folder, 'none') }
        ran.push(await world.sh('bash -e step.sh', { env: { ...github, ...place } }))
      }
      return ran
    }

    it('migrates staging by the word of GitHub alone, and neither for another repository nor in production (I2)', async () => {
      const job = await jobOf()
      expect(job.permissions).toMatchObject({ 'id-token': 'write' })
      expect(await run(job, {})).toMatchObject([{ code: 0, stdout: '' }])
      expect(await run(job, { repository_id: '75' })).toMatchObject([
        { code: 1, stdout: '', stderr: expect.stringContaining('No trust rule holds') },
      ])
      const steps = job.steps.map((step) => ({
        ...step,
        run: step.run?.replace('--env staging', '--env production'),
      }))
      expect(await run({ ...job, steps } as Job, {})).toMatchObject([{ code: 3, stdout: '' }])
      const { items } = await world.broker.admin.request<{ items: object[] }>({
        method: 'GET',
        path: '/v1/tasks?agent=ci-migrator',
      })
      expect(items).toMatchObject([
        { state: 'ended', purpose: expect.stringContaining('ffac537'), ticket: 'run 1658821493' },
      ])
    })

    it('is explained with the configuration as it is', async () => {
      const readme = await example('github-actions/README.md')
      const parts = [...readme.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, part]) => part)
      expect(parts).toHaveLength(2)
      for (const part of parts) expect(await example('credbroker/broker.yaml')).toContain(part)
    })
  })

  describe('of a Claude Code project', () => {
    it('is what its commands write into an empty project', async () => {
      const project = await mkdtemp(join(tmpdir(), 'credbroker-project-'))
      try {
        const [make = ''] = await commandsOf('claude-code/README.md')
        // The server would be told the name of the only agent of this user.
        const nobody = { XDG_CONFIG_HOME: join(world.folder, 'nobody') }
        expect(await world.sh(make, { cwd: project, env: nobody })).toMatchObject({ code: 0 })
        const files = await readdir(project, { recursive: true })
        expect(files.toSorted()).toEqual(['.claude', '.claude/settings.json', '.mcp.json'])
        for (const file of ['.claude/settings.json', '.mcp.json'])
          expect(await readFile(join(project, file), 'utf8')).toBe(await example(`claude-code/${file}`))
      } finally {
        await rm(project, { recursive: true })
      }
    })

    it('has hooks that answer: a clean workspace passes, a stray secret and what opens it do not', async () => {
      const { hooks } = JSON.parse(await example('claude-code/.claude/settings.json')) as {
        hooks: Record<string, { hooks: { command: string }[] }[]>
      }
      const cwd = join(world.folder, 'claude-code')
      const ask = (event: string, more: object) =>
        world.sh(hooks[event]?.[0]?.hooks[0]?.command ?? 'false', {
          cwd,
          stdin: JSON.stringify({ session_id: 's-1', cwd, hook_event_name: event, ...more }),
        })
      const use = (command: string) => ask('PreToolUse', { tool_name: 'Bash', tool_input: { command } })
      const PASSES = { code: 0, stdout: '', stderr: '' }
      expect(await ask('SessionStart', { source: 'startup' })).toEqual(PASSES)
      expect(await use('npm test')).toEqual(PASSES)
      expect(await use('cat .env')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('request_access'),
      })
      await mkdir(join(cwd, 'old'))
      const stray = ['ghp', 'J7Kq2mZx9Vb4Tn6Rw1Ys8Ld3Fg5Hc0Pa2Ue7'].join('_')
      await writeFile(join(cwd, 'old', '.env'), `GITHUB_TOKEN=${stray}\n`)
      const stopped = await ask('SessionStart', { source: 'startup' })
      expect(JSON.parse(stopped.stdout)).toMatchObject({
        continue: false,
        stopReason: expect.stringContaining('old/.env:1'),
      })
      expect(stopped.stdout).not.toContain(stray)
      expect(await ask('UserPromptSubmit', { prompt: 'go on' })).toMatchObject({ code: 2 })
      await rm(join(cwd, 'old'), { recursive: true })
    })

    it('has a server with just the tools that CLAUDE.md speaks of, and a command there that works', async () => {
      const { mcpServers } = JSON.parse(await example('claude-code/.mcp.json')) as {
        mcpServers: { credbroker: { command: string; args: string[] } }
      }
      const env = { ...world.env, BROKER_PROFILE: 'fixer' }
      const { command, args } = mcpServers.credbroker
      const client = new Client({ name: 'test', version: '1' })
      await client.connect(
        new StdioClientTransport({ command: join(world.broker.home, 'bin', command), args, env }),
      )
      const { tools } = await client.listTools()
      await client.close()
      const told = await example('claude-code/CLAUDE.md')
      const spoken = [...told.matchAll(/`([a-z]+_[a-z_]+)`/g)].map(([, name]) => name)
      expect(spoken.toSorted()).toEqual(tools.map(({ name }) => name).toSorted())
      const run = /`(broker exec .*)`/.exec(told)?.[1] ?? ''
      const ran = await world.sh(run, { cwd: join(world.folder, 'claude-code'), env })
      expect(ran, ran.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/\n *3\n/) })
    })
  })
})
