import type { CommandSpec, OptionSpec } from './spec.ts'

const place: readonly OptionSpec[] = [
  { flags: '--config <file>', text: 'settings, as for `serve`' },
  {
    flags: '--state <directory>',
    text: 'of a broker with an embedded database, which must not run meanwhile',
  },
]

export const serverCommands: readonly CommandSpec[] = [
  {
    path: 'dev',
    summary: 'Run a broker for this machine: server, embedded PostgreSQL, an admin profile; loopback only',
    options: [
      { flags: '--port <number>', text: 'default 4747', parse: 'integer' },
      { flags: '--state <directory>', text: 'where it keeps its state (BROKER_STATE_DIR)' },
      {
        flags: '--exit-with-parent [pid]',
        text: 'end when the process that started it ends, which was this one',
        parse: 'integer',
        hidden: true,
      },
    ],
    example: 'dev --port 4747',
    answers: 'DevStarted',
    load: () => import('../commands/dev.ts'),
  },
  {
    path: 'serve',
    summary: 'Run the server, configured by environment variables and a config file',
    notes: [
      'It speaks plain HTTP. BROKER_LISTEN beyond loopback needs TLS to end in a proxy in front, and',
      'BROKER_PUBLIC_URL to be its https:// address.',
    ],
    options: [{ flags: '--config <file>', text: 'settings by the names of the environment variables' }],
    example: 'serve --config /etc/credbroker/config.yaml',
    answers: 'ServeStarted',
    load: () => import('../commands/serve.ts'),
  },
  {
    path: 'service install',
    summary: 'Make the server a service of systemd, under an operating-system user of its own',
    notes: [
      'Nothing that is there is replaced but the unit. It starts nothing: the settings are to be filled in first.',
    ],
    options: [
      { flags: '--plan', text: 'say what it would do, and do nothing' },
      { flags: '--root <directory>', text: 'a tree that is not this machine’s: an image' },
    ],
    example: 'service install --plan',
    answers: 'ServiceSteps',
    load: async () => ({ run: (await import('../commands/service.ts')).install }),
  },
  {
    path: 'service uninstall',
    summary: 'Stop the service and take its unit away; key, settings and state stay',
    options: [
      { flags: '--plan', text: 'say what it would do, and do nothing' },
      { flags: '--root <directory>', text: 'a tree that is not this machine’s: an image' },
    ],
    example: 'service uninstall',
    answers: 'ServiceSteps',
    load: async () => ({ run: (await import('../commands/service.ts')).uninstall }),
  },
  {
    path: 'backup',
    args: '<file>',
    summary:
      'Write everything that the database holds, as of one moment, into a new file; - is standard output',
    notes: [
      'On the machine of the broker, with its settings; it may run meanwhile. What is sealed stays sealed, and the',
      'key is not in the backup: keep that elsewhere (docs/storage.md).',
    ],
    options: place,
    example: 'backup /backups/broker-2026-11-23.gz',
    answers: 'BackedUp',
    load: async () => ({ run: (await import('../commands/backup.ts')).backup }),
  },
  {
    path: 'restore',
    args: '<file>',
    summary:
      'Fill an empty database from a backup; the broker that starts on it is frozen until you lift that',
    notes: ['It takes the key that the backup was sealed under, and replaces nothing.'],
    options: place,
    example: 'restore /backups/broker-2026-11-23.gz',
    answers: 'Restored',
    load: async () => ({ run: (await import('../commands/backup.ts')).restore }),
  },
  {
    path: 'doctor',
    summary: 'Say what is misconfigured, most dangerous first, and what to do about it',
    notes: ['Exit code 0 when nothing is dangerous, 1 otherwise.'],
    example: 'doctor',
    answers: 'Diagnosis',
    load: () => import('../commands/doctor.ts'),
  },
]

export const identityCommands: readonly CommandSpec[] = [
  {
    path: 'enroll',
    summary: 'Trade a one-time token from standard input for a key that stays on this machine',
    options: [{ flags: '--force', text: 'replace a profile that is there' }],
    example: 'enroll --profile fixer --url http://127.0.0.1:4747 < token',
    answers: 'Enrolled',
    load: () => import('../commands/enroll.ts'),
  },
  {
    path: 'login',
    summary: 'Sign a person in: shows a page and a code, and waits until they confirm in a browser',
    notes: [
      'It opens nothing by itself. The key it makes stays on this machine and ends after twelve hours.',
    ],
    options: [{ flags: '--force', text: 'replace a profile that is there' }],
    example: 'login --url https://broker.example',
    answers: 'Enrolled',
    load: () => import('../commands/login.ts'),
  },
  {
    path: 'whoami',
    summary: 'Say who this profile is at the broker',
    example: 'whoami',
    answers: 'Whoami',
    load: () => import('../commands/whoami.ts'),
  },
  {
    path: 'logout',
    summary: 'End this profile’s key at the broker, with what was started by it, and forget it here',
    example: 'logout --profile fixer',
    answers: 'LoggedOut',
    load: () => import('../commands/logout.ts'),
  },
]
