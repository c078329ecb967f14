import { existsSync } from 'node:fs'
import { type Cli, EXIT } from '../cli.ts'
import { answer } from '../render/answer.ts'
import { perform, usersOf } from '../service/perform.ts'
import { installSteps, type Machine, type Step, stepText, uninstallSteps } from '../service/plan.ts'
import { programFile } from '../service/program-file.ts'
import { CONFIG_DIRECTORY } from '../service/unit.ts'
import { LocalError } from '../usage-error.ts'

interface Options {
  readonly plan?: boolean
  readonly root?: string
}

const NEXT = `Then: fill in ${CONFIG_DIRECTORY}/config.yaml, copy ${CONFIG_DIRECTORY}/keyfile to a safe place, and
systemctl enable --now credbroker. The way back is \`broker service uninstall\`.\n`

export const install = (cli: Cli, options: Options): Promise<number> =>
  carryOut(cli, options, (machine) => installSteps(machine), NEXT)

export const uninstall = (cli: Cli, options: Options): Promise<number> =>
  carryOut(
    cli,
    options,
    (machine) => uninstallSteps(machine),
    `The user, ${CONFIG_DIRECTORY} and /var/lib/credbroker stay: without the key in them nothing stored can be read.\n`,
  )

async function carryOut(
  cli: Cli,
  { plan = false, root = '/' }: Options,
  stepsOf: (machine: Machine) => Step[],
  afterwards: string,
): Promise<number> {
  const machine = machineAt(cli, root, plan)
  const steps = stepsOf(machine)
  if (!plan) for (const step of steps) await perform(step, root)
  answer(cli, { planned: plan, steps: steps.map(stepText) }, () => {
    if (steps.length === 0) return 'Nothing to do.\n'
    return `${steps.map((step) => `${plan ? 'would' : 'did'}: ${stepText(step)}\n`).join('')}${afterwards}`
  })
  return EXIT.ok
}

function machineAt(cli: Cli, root: string, plan: boolean): Machine {
  if (process.platform !== 'linux')
    throw new LocalError('A service is installed where systemd is: on Linux.', {
      advice: 'Run `broker serve` under a user of its own, by what starts services here.',
    })
  const live = root === '/' && existsSync('/run/systemd/system')
  if (root === '/' && !live)
    throw new LocalError('systemd does not run here.', {
      advice:
        'Run `broker serve` under a user of its own, by what starts services here. For an image: --root DIRECTORY.',
    })
  if (!plan && process.getuid?.() !== 0)
    throw new LocalError('Only root can make a user and a service.', {
      advice: 'See what it would do with --plan, then run it with sudo.',
    })
  const program = programFile()
  const hidden = [process.execPath, program].find((path) => /^\/(home|root|tmp)\//.test(path))
  if (hidden !== undefined)
    throw new LocalError(`The service could not see ${hidden}: it sees no home and no /tmp.`, {
      advice: 'Install the broker below /opt or /usr/local, and run this from there.',
    })
  return {
    root,
    live,
    users: usersOf(root),
    node: process.execPath,
    program,
    newKeyfile: () => newKeyfile(cli),
  }
}

/** As `broker serve` reads it. */
function newKeyfile({ random }: Pick<Cli, 'random'>): string {
  const bytes = (count: number) => Buffer.from(random(new Uint8Array(count))).toString('base64url')
  const current = { id: `kek_${bytes(9)}`, key: bytes(32) }
  return `${JSON.stringify({ format: 'credbroker-keyfile/1', current })}\n`
}
