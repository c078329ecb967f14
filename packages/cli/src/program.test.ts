import { describe, expect, it } from 'vitest'
import { SHAPES } from '../scripts/shapes.ts'
import { sandbox } from '../test/run-cli.ts'
import { COMMANDS } from './tree/commands.ts'
import { GROUPS } from './tree/spec.ts'

const optionNames = (flags: string): string => /--[a-z-]+/.exec(flags)?.[0] ?? flags

describe('the command tree', () => {
  it('says of every group of commands what it is about', () => {
    const groups = COMMANDS.flatMap(({ path }) => (path.includes(' ') ? [path.split(' ')[0] as string] : []))
    expect([...new Set(groups)].filter((word) => !GROUPS[word])).toEqual([])
  })

  it('has these commands, arguments and options, on which scripts rely', () => {
    const lines = COMMANDS.map(({ path, args, options }) =>
      [path, args, ...(options ?? []).map(({ flags }) => optionNames(flags))].filter(Boolean).join(' '),
    )
    expect(lines.join('\n')).toMatchInlineSnapshot(`
      "dev --port --state --exit-with-parent
      serve --config
      service install --plan --root
      service uninstall --plan --root
      backup <file> --config --state
      restore <file> --config --state
      doctor
      init [directory] --tools --yes --env --server --as --undo
      apply --file --plan --yes --rotate --renew --wait
      policy list
      policy show <name>
      policy check [directory]
      policy test [directory]
      policy explain --agent --scope --env --ttl --file --access
      enroll --force
      login --force
      whoami
      logout
      env list
      env show <name>
      env disable <name>
      scope list
      scope show <name>
      scope disable <name>
      issuer list
      issuer show <name>
      issuer disable <name>
      agent list
      agent show <name>
      agent disable <name>
      team list
      team show <name>
      team disable <name>
      user list
      user show <name>
      user disable <name>
      root list
      root show <name>
      root disable <name>
      agent invite <name>
      user invite <name> --offline --config --state
      root add <name> --provider --env --owner --service --on-call --recovery-backups --recovery-authority --last-restore-test --separate-authority --secret-file --rotate
      root check <name>
      root replace <name> --secret-file --wait
      root rotate <name>
      kind list
      kind show <name>
      exec <command...> --env --scope --purpose --ticket --ttl --wait --keep-env --pass-through --sandbox --sandbox-read --sandbox-write --allow-finding --reason --no-scan
      task start --env --scope --purpose --ticket --ttl --heartbeat --idempotency-key
      task list --state --env --agent
      task show [id]
      task request --task --scope
      task end [id]
      credential <scope> [action] --task --ttl --form
      call <scope> <method> <path> --task --env --purpose --ticket --data --header --no-wait --approval --include
      mcp --http --port
      hook session-start --warn
      hook pre-tool
      scan [paths...] --home --history --identify --revoke --baseline --accept --owner --expires --reason --sarif
      receipt [task] --out --verify --public-key
      grant list --state --task
      grant revoke <id>
      lease list --state --task --provider
      lease revoke <id>
      approvals list --state --env
      approvals show <id>
      who-has-write --env --access --agent --user --unused --days --csv
      audit tail --lines --follow --type --task --agent --env --scope --lease --owner --result
      audit export <directory>
      audit verify <directory> --public-key --checkpoint
      freeze --env --agent --all --reason
      unfreeze --env --agent --all --reason
      break-glass list
      break-glass end <id>
      key status
      key rotate --keyfile --issuer
      key recover <recovery-file> <keyfile>"
    `)
  })

  it('says of every command what --json prints, in a shape that is documented', () => {
    for (const { path, answers } of COMMANDS) {
      const names = answers.match(/\b[A-Z][A-Za-z]+\b/g) ?? []
      expect(names.length > 0 || path === 'exec', path).toBe(true)
      for (const name of names) expect(Object.keys(SHAPES), path).toContain(name)
    }
  })

  it('gives every command an example that its own parser takes', async () => {
    await using here = await sandbox()
    for (const { path, example } of COMMANDS) {
      // What the shell would do with quotes, and nothing after a redirection.
      const words = (example.split(/ [<>] /)[0] as string)
        .match(/'[^']*'|\S+/g)
        ?.map((word) => word.replaceAll("'", ''))
      const { code, err } = await here.run([
        ...(words as string[]).slice(0, words?.indexOf('--') === -1 ? undefined : words?.indexOf('--')),
        '--help',
      ])
      expect({ path, code, err }).toEqual({ path, code: 0, err: '' })
      expect(example.startsWith(path)).toBe(true)
    }
  })

  it('loads something for every command', async () => {
    for (const { path, load } of COMMANDS) {
      if (path === 'dev' || path === 'serve') continue
      expect(typeof (await load()).run, path).toBe('function')
    }
  })
})

describe('a wrong command line', () => {
  it.each([
    [['rot', 'list'], 'Did you mean root?'],
    [['root', 'lst'], 'Did you mean list?'],
    [['task', 'list', '--jsn'], 'Did you mean --json?'],
    [['task', 'list', '--state', 'sleeping'], 'Allowed choices are active, ended'],
    [['task', 'start', '--env', 'staging'], "'--scope <names...>' not specified"],
    [['policy', 'explain', '--agent', 'a', '--scope', 's', '--ttl', 'soon'], 'Write a duration such as 15m'],
    [['root', 'show'], "missing required argument 'name'"],
    [['root'], 'Usage: broker root'],
    [[], 'Usage: broker'],
    [['freeze'], 'one of --env NAME, --agent NAME or --all'],
    [['freeze', '--all', '--agent', 'a'], 'one of --env NAME, --agent NAME or --all'],
    [['grant', 'list', '--profile', '../x'], 'A profile name is'],
  ])('%j ends with exit code 2 and says how to go on', async (args, said) => {
    await using here = await sandbox()
    const { code, err, out } = await here.run(args)
    expect(err.toLowerCase()).toContain(said.toLowerCase())
    expect({ code, out }).toEqual({ code: 2, out: '' })
  })

  it('is one JSON document with --json', async () => {
    await using here = await sandbox()
    const { code, out } = await here.run(['root', 'lst', '--json'])
    expect(code).toBe(2)
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'usage', todo: 'broker root --help' } })
  })

  it('I1: never repeats an argument that looks like a secret', async () => {
    await using here = await sandbox()
    const { code, err, out } = await here.run(['root', 'add', 'x', 'postgres://a:hunter2@db/x', '--json'])
    expect(code).toBe(2)
    expect(err + out).not.toContain('hunter2')
  })
})

it('the version is printed without anything being loaded', async () => {
  await using here = await sandbox()
  expect(await here.run(['--version'])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  })
})

it('a fault of our own shows no stack, except with BROKER_DEBUG=1', async () => {
  await using here = await sandbox()
  const plain = await here.run(['whoami'])
  expect(plain.err).not.toMatch(/\n\s+at /)
  here.env['BROKER_DEBUG'] = '1'
  expect((await here.run(['whoami'])).err).toMatch(/\n\s+at /)
})
