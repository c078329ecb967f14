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
  {
    path: 'hook session-start',
    summary:
      'For Claude Code and Cursor: look for stray secrets in the workspace before an agent works in it',
    notes: [
      'Reads the event from standard input and answers as the tool expects. Whatever goes wrong blocks. A convenience:',
      'what keeps an agent from a credential is the broker, and a sandbox.',
    ],
    options: [{ flags: '--warn', text: 'tell the person and the agent, and let them go on' }],
    example: 'hook session-start',
    answers: 'HookAnswer',
    load: async () => ({ run: (await import('../commands/hook.ts')).sessionStart }),
  },
  {
    path: 'hook pre-tool',
    summary:
      'For Claude Code and Cursor: block reads of credential files, and commands with secrets or past the broker',
    example: 'hook pre-tool',
    answers: 'HookAnswer',
    load: async () => ({ run: (await import('../commands/hook.ts')).preTool }),
  },
]
