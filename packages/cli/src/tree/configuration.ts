import type { CommandSpec } from './spec.ts'

export const configurationCommands: readonly CommandSpec[] = [
  {
    path: 'init',
    args: '[directory]',
    summary: 'Write a starter configuration for what is found here, by default into ./credbroker',
    notes: [
      'Looks at names only (git, AWS profiles, PostgreSQL variables), never at secrets. Overwrites nothing.',
      'With --tools it sets up the agent tools of this directory instead: hooks for Claude Code and Cursor, and the MCP server for',
      'these, VS Code, Gemini CLI and Zed. MCP servers with a pasted key start in `broker exec` then, where one scope of the agent does',
      'what the key did.',
    ],
    options: [
      { flags: '--tools', text: 'show what the agent tools found here would get, and ask' },
      { flags: '--yes', text: 'with --tools: write it without asking; servers get scopes by --server only' },
      { flags: '--env <name>', text: 'with --tools: the environment whose scopes servers may get' },
      {
        flags: '--server <names...>',
        text: 'with --tools: the scopes that a server gets instead of its pasted keys: NAME=SCOPE, or NAME=SCOPE,SCOPE',
      },
      { flags: '--as <profile>', text: 'with --tools: the profile of the agent that servers run as' },
      { flags: '--undo', text: 'take back what --tools wrote here, except keys: those are kept nowhere' },
    ],
    example: 'init credbroker',
    answers: 'Initialised, with --tools ToolsInitialised, with --undo ToolsUndone',
    load: () => import('../commands/init.ts'),
  },
  {
    path: 'apply',
    summary: 'Show how the files differ from the broker, then make the broker follow them',
    options: [
      {
        flags: '-f, --file <directory>',
        text: 'the directory with broker.yaml and policies/',
        required: true,
      },
      { flags: '--plan', text: 'show the difference, change nothing' },
      { flags: '-y, --yes', text: 'do not ask; needed where there is no terminal' },
      {
        flags: '--rotate',
        text: 'replace new roots at their vendors at once, so that every copy of them dies',
      },
      {
        flags: '--renew <roots...>',
        text: 'read the credentials of these roots again: they were changed at the vendor',
      },
      { flags: '--wait', text: 'where a person has to approve it, wait for them and go on' },
    ],
    notes: [
      'What widens a protected environment needs a person’s approval (exit code 4): run the same again once it is given.',
    ],
    example: 'apply -f credbroker --plan',
    answers: 'Applied',
    load: () => import('../commands/apply.ts'),
  },
  {
    path: 'policy list',
    summary: 'List the policies in force, the shipped guardrails first',
    example: 'policy list',
    answers: '{ items: Policy[] }',
    load: async () => ({ run: (await import('../commands/inventory.ts')).list('policies') }),
  },
  {
    path: 'policy show',
    args: '<name>',
    summary: 'Show the text of a policy or guardrail',
    example: 'policy show danger-needs-a-person.cedar',
    answers: 'Policy',
    load: async () => ({ run: (await import('../commands/inventory.ts')).show('policies') }),
  },
  {
    path: 'policy check',
    args: '[directory]',
    summary: 'Check policies against the schema; no server needed',
    example: 'policy check credbroker',
    answers: 'PolicyCheck',
    load: () => import('../commands/policy-check.ts'),
  },
  {
    path: 'policy test',
    args: '[directory]',
    summary: 'Run the PERMIT/ and DENY/ cases; no server needed',
    example: 'policy test credbroker',
    answers: 'PolicyTest',
    load: () => import('../commands/policy-test.ts'),
  },
  {
    path: 'policy explain',
    summary: 'Say what would be decided for an agent and a scope, and which policy decides',
    options: [
      { flags: '--agent <name>', text: 'who would ask', required: true },
      { flags: '--scope <name>', text: 'for what', required: true },
      { flags: '--env <name>', text: 'where (default: the scope’s environment)' },
      { flags: '--ttl <duration>', text: 'for how long', parse: 'duration' },
      { flags: '-f, --file <directory>', text: 'decide from these files instead of asking the broker' },
      {
        flags: '--access <levels...>',
        text: 'with -f: what the scope can do (default: read, and what it declares)',
      },
    ],
    example: 'policy explain --agent fixer --scope orders-ro',
    answers: 'Simulation',
    load: () => import('../commands/policy-explain.ts'),
  },
]
