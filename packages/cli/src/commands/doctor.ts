import { type Cli, EXIT } from '../cli.ts'
import { brokerUrl, connect } from '../client.ts'
import { byDanger, type Finding } from '../doctor/diagnosis.ts'
import { checkMachine } from '../doctor/local-checks.ts'
import { checkBroker, checkServer, couldNot } from '../doctor/server-checks.ts'
import { loadProfile, profileName, withoutProfile } from '../profile.ts'
import { answer } from '../render/answer.ts'
import { printable } from '../render/printable.ts'

/** Every check runs, whatever the others find; one that cannot run is a finding itself. */
export async function run(cli: Cli): Promise<number> {
  const findings = [...(await checkMachine(cli)), ...(await checkConnection(cli))]
  const ordered = byDanger(findings)
  const ok = !ordered.some(({ level }) => level === 'danger')
  answer(cli, { ok, findings: ordered }, () =>
    ordered.length === 0 ? 'Nothing to report.\n' : ordered.map(text).join(''),
  )
  return ok ? EXIT.ok : EXIT.failed
}

async function checkConnection(cli: Cli): Promise<Finding[]> {
  try {
    const name = profileName(cli.env, cli.profile)
    const profile = await loadProfile(cli.env, name)
    if (profile === undefined && cli.url === undefined && !cli.env['BROKER_URL'])
      return [
        {
          level: 'warning',
          code: 'no-profile',
          message: `There is no profile \`${name}\` on this machine, so no broker was asked.`,
          todo: await withoutProfile(cli.env, name),
        },
      ]
    const server = await checkServer(brokerUrl(cli, profile), cli)
    if (profile === undefined || server.some(({ code }) => code === 'unreachable')) return server
    return [...server, ...(await checkBroker(await connect(cli), cli.now()))]
  } catch (error) {
    return couldNot(error)
  }
}

const text = ({ level, code, message, todo }: Finding): string =>
  `${level.padEnd(7)}  ${printable(message)} [${printable(code)}]\n         → ${printable(todo)}\n`
