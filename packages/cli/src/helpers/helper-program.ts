import type { PrivateDirectory } from '../exec/private-directory.ts'
import type { HelperForm } from './helper.ts'

/** The program that a tool starts: it asks the run around it, and holds no credential itself. */
export interface HelperProgram {
  /** Program and arguments, to which the tool may add its own. */
  command(scope: string, form: HelperForm): readonly string[]
}

export function helperProgram(files: PrivateDirectory): HelperProgram {
  let script: string | undefined
  return {
    command(scope, form) {
      script ??= files.write('helper.mjs', HELPER)
      return [process.execPath, script, scope, form]
    },
  }
}

/** For a shell. */
export const quoted = (command: readonly string[]): string =>
  command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')

/** As git runs it, which keeps its variables when the run and its files have gone. */
export function guarded(command: readonly string[]): string {
  const [, script = ''] = command
  const gone = `echo 'credbroker: ${ENDED}' >&2; exit 1`
  return `!f() { test -f ${quoted([script])} && exec ${quoted(command)} "$@"; ${gone}; }; f`
}

const ENDED = 'the run these credentials belong to has ended: start another broker exec'

/** Small, because a tool starts it at each operation. Whoever reads standard input waits for its end. */
const HELPER = `import { connect } from 'node:net'
const { BROKER_OUTER_SOCKET: path, BROKER_OUTER_SECRET: secret, KUBERNETES_EXEC_INFO: info } = process.env
const [scope, form, action] = process.argv.slice(2)
const failed = (why) => {
  process.stderr.write(\`credbroker: \${why}\\n\`)
  process.exitCode = 1
}
const read = async () => {
  const chunks = []
  for await (const chunk of process.stdin) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
const input = form === 'git' || form === 'docker' ? await read() : undefined
if (!path) failed('this command is not inside the run of broker exec that its credentials belong to')
else {
  let text = ''
  const socket = connect(path)
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.on('close', () => {
    if (!text.endsWith('\\n')) return failed('${ENDED}')
    const { said } = JSON.parse(text)
    process.stdout.write(said.out)
    if (said.err) process.stderr.write(\`credbroker: \${said.err}\\n\`)
    process.exitCode = said.code
  })
  socket.write(\`\${JSON.stringify({ secret, tool: { scope, form, action, input, info } })}\\n\`)
}
`
