import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { brokerDouble, enrolledAt } from './broker-double.ts'
import { type Sandbox, sandbox } from './run-cli.ts'

// Made of parts, so that this file holds none.
export const PASSWORD = ['Vq7xT2', 'mL9zR4'].join('-')
export const TOKEN = `ghp_${'Z9y8X7w6V5u4'.repeat(3)}`
export const AWS_ID = `AKIA${'QRST2345UVWX67YZ'}`
export const AWS_KEY = ['wJalr7UtnF4MI9K7MD', 'bPx9RfiCY3qLz8TmNoPq'].join('+')
export const URL_WITH_PASSWORD = `postgres://shop:${PASSWORD}@db.internal:5432/orders`
export const SECRETS = [PASSWORD, TOKEN, AWS_ID, AWS_KEY]

export const scope = (name: string, more: object) => ({
  name,
  root: 'r',
  environment: 'staging',
  disabled: false,
  ...more,
})
export const ORDERS = scope('orders-ro', { form: 'postgres' })
export const HUB = scope('hub', { connector: 'github' })
export const CLOUD = scope('reports', { form: 'aws' })
export const API = scope('billing', { connector: 'http' })
export const LIVE = scope('orders-live', { form: 'postgres', environment: 'production' })

const FORBIDDEN = ['orders-rw']

/** A broker with these scopes, a person's profile, and an agent's. */
export async function toolsWorld(scopes: readonly object[]) {
  const here = await sandbox()
  const double = await brokerDouble({
    'GET /v1/scopes': { items: scopes },
    'GET /v1/agents/fixer': { max_task_seconds: 7200 },
    'POST /v1/simulate': ({ body }) => ({
      verdict: FORBIDDEN.includes((body as { scope: string }).scope) ? 'deny' : 'permit',
      decisions: [],
    }),
  })
  await enrolledAt(double.url, here.env)
  await enrolledAt(double.url, here.env, 'agent:fixer', 'fixer')
  const path = (file: string) => join(here.directory, file)
  return {
    ...here,
    double,
    read: (file = '.mcp.json') => readFile(path(file), 'utf8'),
    put: async (text: string | object, file = '.mcp.json') => {
      await mkdir(dirname(path(file)), { recursive: true })
      await writeFile(path(file), typeof text === 'string' ? text : JSON.stringify(text, null, 2))
    },
    tools: (...args: string[]) => here.run(['init', '--tools', ...args]),
    /** Does what was shown, by the command that was shown with it. */
    async asShown(...args: string[]) {
      const { out } = await here.run(['init', '--tools', ...args])
      const command = /To write it: broker (.*)/.exec(out)?.[1] ?? ''
      return await here.run(command.split(' '))
    },
    [Symbol.asyncDispose]: async () => {
      await double[Symbol.asyncDispose]()
      await here[Symbol.asyncDispose]()
    },
  }
}

export const server = (env: object, more: object = {}) => ({
  command: 'npx',
  args: ['-y', 'some-server'],
  env,
  ...more,
})
export const servers = (of: object) => ({ mcpServers: of })
export const exec = (...middle: string[]) => ['exec', '--profile', 'fixer', '--env', 'staging', ...middle]

/** All that this command keeps for itself. */
export async function kept({ env }: Pick<Sandbox, 'env'>): Promise<string> {
  const directory = join(env['XDG_CONFIG_HOME'] ?? '', 'credbroker', 'init')
  const files = await readdir(directory).catch(() => [])
  return (await Promise.all(files.map((file) => readFile(join(directory, file), 'utf8')))).join('')
}
