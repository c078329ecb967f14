import type { CallToolResult } from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import type { TestBroker } from '../../harness/broker.ts'
import { MAIN } from '../../harness/command.ts'

/** The official client, and a server of ours that it started. */
export interface Agent extends AsyncDisposable {
  readonly client: Client
  readonly pid: number
  /** All that the server answered, as text. */
  readonly heard: readonly string[]
  call(name: string, args?: Record<string, unknown>): Promise<CallToolResult>
}

interface Options {
  readonly era?: 'legacy' | 'auto'
  readonly env?: Readonly<Record<string, string>>
  readonly capabilities?: object
  /** Inside a run with these scopes. */
  readonly around?: readonly string[]
}

export async function agentAt(
  broker: TestBroker,
  { era = 'auto', env = {}, capabilities = {}, around = [] }: Options = {},
): Promise<Agent> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [MAIN, ...(around.length > 0 ? within(around) : []), 'mcp'],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: broker.home,
      XDG_CONFIG_HOME: `${broker.home}/config`,
      BROKER_PROFILE: 'fixer',
      ...env,
    },
    stderr: 'inherit',
  })
  const client = new Client(
    { name: 'test', version: '1' },
    { capabilities, versionNegotiation: { mode: era } },
  )
  await client.connect(transport)
  return { ...withClient(client), pid: transport.pid ?? 0 }
}

const within = (scopes: readonly string[]): string[] => [
  ...['exec', '--no-scan', '--env', 'staging', '--scope', ...scopes, '--purpose', 'a run'],
  ...['--', process.execPath, MAIN],
]

export function withClient(client: Client): Omit<Agent, 'pid'> {
  const heard: string[] = []
  return {
    client,
    heard,
    async call(name, args = {}) {
      const result = await client.callTool({ name, arguments: args })
      heard.push(JSON.stringify(result))
      return result
    },
    [Symbol.asyncDispose]: () => client.close(),
  }
}

/** The text that a model reads, which is JSON. */
export function read(result: CallToolResult): Record<string, unknown> {
  const [first] = result.content
  if (first?.type !== 'text') throw new Error('no text')
  return JSON.parse(first.text)
}
