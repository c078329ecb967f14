import { existsSync, statSync } from 'node:fs'
import { whyNoBubblewrap } from '../sandbox/bubblewrap.ts'
import type { Obstacle } from '../sandbox/obstacle.ts'
import { usersOf } from '../service/perform.ts'
import { CONFIG_DIRECTORY, SERVICE_USER, UNIT_PATH } from '../service/unit.ts'
import type { Finding } from './diagnosis.ts'

/** Whether agents of this machine can be confined. `sharesUser`: a broker's state belongs to whoever runs this. */
export async function checkSandbox(
  sharesUser: boolean,
  why: () => Promise<Obstacle | undefined> = whyNoBubblewrap,
  platform = process.platform,
): Promise<Finding[]> {
  const obstacle = platform === 'linux' ? await why() : undefined
  if (obstacle === undefined) return []
  return [
    {
      level: sharesUser ? 'danger' : 'warning',
      code: 'no-sandbox',
      message: sharesUser
        ? `Agents share a user with the broker, and no sandbox can be made here: ${obstacle.why}.`
        : `No sandbox can be made here, so \`broker exec --sandbox\` will not start: ${obstacle.why}.`,
      todo: obstacle.todo,
    },
  ]
}

/** What `broker service install` has set up, where it has: by now somebody may have changed it. */
export function checkService(root = ''): Finding[] {
  if (!existsSync(`${root}${UNIT_PATH}`)) return []
  const findings: Finding[] = []
  if (!usersOf(root || '/').includes(SERVICE_USER))
    findings.push({
      level: 'danger',
      code: 'service-user',
      message: `The service is installed, and its user ${SERVICE_USER} is gone.`,
      todo: 'Run `broker service install` again.',
    })
  const settings = statSync(`${root}${CONFIG_DIRECTORY}`, { throwIfNoEntry: false })
  if (settings && (settings.mode & 0o077) !== 0)
    findings.push({
      level: 'danger',
      code: 'service-open',
      message: `${CONFIG_DIRECTORY}, which holds the key, is open to other users.`,
      todo: `chmod go= ${CONFIG_DIRECTORY}, then \`broker key rotate --keyfile ${CONFIG_DIRECTORY}/keyfile\`: whoever could read the key may have it.`,
    })
  return findings
}
