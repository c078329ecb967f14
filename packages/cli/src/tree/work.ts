import type { CommandSpec, OptionSpec } from './spec.ts'

const wanted: readonly OptionSpec[] = [
  { flags: '--env <name>', text: 'the environment', required: true },
  { flags: '--scope <names...>', text: 'the scopes to ask for', required: true },
  { flags: '--purpose <text>', text: 'what for; people will read it', required: true },
  { flags: '--ticket <id>', text: 'the ticket it belongs to' },
  { flags: '--ttl <duration>', text: 'how long at most: 15m, 8h', parse: 'duration' },
]
const task: OptionSpec = { flags: '--task <id>', text: 'the task (BROKER_TASK)' }

export const workCommands: readonly CommandSpec[] = [
  {
    path: 'exec',
    args: '<command...>',
    summary: 'Run a command with credentials that live as long as it does',
    options: [
      ...wanted,
      { flags: '--wait', text: 'where a person has to approve a scope, wait for them and go on' },
      {
        flags: '--keep-env <names...>',
        text: 'ambient credentials that it may keep, by the names of their variables',
      },
      {
        flags: '--pass-through <hosts...>',
        text: 'hosts besides those of its scopes that it may reach without credentials: host, host:port or all',
      },
      {
        flags: '--sandbox',
        text: 'confine it: the git work tree it starts in, its own processes, and the servers of its scopes',
      },
      { flags: '--sandbox-read <paths...>', text: 'what it may read besides, with --sandbox' },
      { flags: '--sandbox-write <paths...>', text: 'what it may change besides, with --sandbox' },
      {
        flags: '--allow-finding <ids...>',
        text: 'start although these stray secrets lie where it works; recorded',
      },
      { flags: '--reason <text>', text: 'why they may; people will read it' },
      { flags: '--no-scan', text: 'do not look for stray secrets; recorded, and policy may refuse it' },
    ],
    example: "exec --env staging --scope orders-ro --purpose 'fix flaky test' -- psql",
    answers: 'nothing of its own: standard output is the child’s',
    passThrough: true,
    load: () => import('../commands/exec.ts'),
  },
  {
    path: 'task start',
    summary: 'Start a task with the scopes it needs',
    options: [
      ...wanted,
      {
        flags: '--heartbeat <duration>',
        text: 'end it when no heartbeat came for this long',
        parse: 'duration',
      },
      { flags: '--idempotency-key <key>', text: 'makes a repeated call answer with the same task' },
    ],
    example: "task start --env staging --scope orders-ro --purpose 'fix flaky test' --ttl 30m",
    answers: 'TaskStarted',
    load: async () => ({ run: (await import('../commands/task.ts')).start }),
  },
  {
    path: 'task list',
    summary: 'List tasks',
    options: [
      { flags: '--state <state>', text: 'active or ended', choices: ['active', 'ended'] },
      { flags: '--env <name>', text: 'of one environment' },
      { flags: '--agent <name>', text: 'of one agent' },
    ],
    example: 'task list --state active',
    answers: '{ items: Task[] }',
    load: async () => ({ run: (await import('../commands/task.ts')).list }),
  },
  {
    path: 'task show',
    args: '[id]',
    summary: 'Show a task and its grants',
    example: 'task show tsk_01jd2q8c0v3m5n7p9r1t3w5y7z',
    answers: 'Task',
    load: async () => ({ run: (await import('../commands/task.ts')).show }),
  },
  {
    path: 'task request',
    summary: 'Ask for more scopes in a task that runs',
    options: [task, { flags: '--scope <names...>', text: 'the scopes to ask for', required: true }],
    example: 'task request --task tsk_01jd2q8c0v3m5n7p9r1t3w5y7z --scope reports-rw',
    answers: '{ task: Task }',
    load: async () => ({ run: (await import('../commands/task.ts')).request }),
  },
  {
    path: 'task end',
    args: '[id]',
    summary: 'End a task and revoke what it minted',
    example: 'task end tsk_01jd2q8c0v3m5n7p9r1t3w5y7z',
    answers: 'TaskEnded',
    load: async () => ({ run: (await import('../commands/task.ts')).end }),
  },
  {
    path: 'credential',
    args: '<scope> [action]',
    summary: 'Print one credential, in the form a tool expects',
    notes: [
      'The forms git and docker are credential helpers: they take the verb that the tool adds, and read what it asks from',
      'standard input. They keep nothing: `store` and `erase` change nothing.',
      'Inside `broker exec` it is a credential of that run; otherwise of the task that is named.',
    ],
    options: [
      task,
      { flags: '--ttl <duration>', text: 'how long at most', parse: 'duration' },
      {
        flags: '--form <form>',
        text: 'what to print (default: what fits the scope)',
        choices: ['credential-process', 'exec-credential', 'git', 'docker', 'url', 'env'],
      },
    ],
    example: 'credential s3-reports --task tsk_01jd2q8c0v3m5n7p9r1t3w5y7z --form credential-process',
    answers: 'Credential',
    load: () => import('../commands/credential.ts'),
  },
  {
    path: 'call',
    args: '<scope> <method> <path>',
    summary: 'One call through the gateway: the broker decides about it, and makes it itself',
    notes: [
      'The body of the answer goes to standard output as it came, its status to standard error.',
      'Exit code 0 for a 2xx of the vendor, 1 for another answer of it, 3 denied, 4 a person has not approved yet.',
      'Inside `broker exec` it is made in the task of that run; otherwise in the task that is named, or in one of its own.',
    ],
    options: [
      task,
      { flags: '--env <name>', text: 'for a task of its own: the environment' },
      { flags: '--purpose <text>', text: 'for a task of its own: what for; people will read it' },
      { flags: '--ticket <id>', text: 'for a task of its own: the ticket it belongs to' },
      { flags: '--data <text>', text: 'the body: a text, @FILE, or - for standard input' },
      { flags: '--header <lines...>', text: 'headers, as `Name: value`; credentials are the broker’s' },
      { flags: '--no-wait', text: 'do not wait for a person: exit with 4 and the link' },
      { flags: '--approval <id>', text: 'go on with a call that a person was asked about' },
      { flags: '--include', text: 'print status and headers before the body' },
    ],
    example: "call orders-api GET '/v1/orders?page=2' --task tsk_01jd2q8c0v3m5n7p9r1t3w5y7z",
    answers: 'Called',
    load: () => import('../commands/call.ts'),
  },
]
