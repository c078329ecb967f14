import type { CommandSpec } from './spec.ts'

export const agentCommands: readonly CommandSpec[] = [
  {
    path: 'mcp',
    summary: 'Serve the Model Context Protocol to an agent: five tools, none of which returns a credential',
    notes: [
      'Over standard input and output, until the client closes them; with --http on a port of loopback, for whoever',
      'sends the secret that lies in the file it names. The tasks that it started end with it.',
    ],
    options: [
      { flags: '--http', text: 'streamable HTTP on loopback instead of standard input and output' },
      { flags: '--port <number>', text: 'with --http; default: any that is free', parse: 'integer' },
    ],
    example: 'mcp --profile fixer',
    answers: 'McpServing',
    load: () => import('../commands/mcp.ts'),
  },
]
