// An MCP client that asks for access, makes one call through the broker, and ends its task.
// node mcp-client.ts BROKER_COMMAND… (for example: node mcp-client.ts broker mcp --profile fixer)
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'

const [command = 'broker', ...args] = process.argv.slice(2)
const client = new Client({ name: 'example', version: '1.0.0' })
const environment = Object.entries(process.env).filter(
  (entry): entry is [string, string] => entry[1] !== undefined,
)
await client.connect(
  new StdioClientTransport({
    command,
    args: args.length > 0 ? args : ['mcp'],
    env: Object.fromEntries(environment),
  }),
)

const call = async (name: string, fields: Record<string, unknown>) => {
  const { content } = await client.callTool({ name, arguments: fields })
  for (const part of content) if (part.type === 'text') console.log(`${name}: ${part.text}`)
}

await call('request_access', { environment: 'staging', scopes: ['api'], purpose: 'read the orders' })
await call('run_operation', { scope: 'api', method: 'GET', path: '/v1/orders' })
await call('end_task', {})
await client.close()
