/**
 * The first program in the sandbox, run by the Node that runs us. It holds nothing worth having: it offers the ways out on
 * the loopback inside, starts the command, hands it the signals that come over descriptor 3, and ends as it ends. With it
 * ends the process namespace, and everything that is still in it.
 */
export const INSIDE = `import { spawn } from 'node:child_process'
import { connect, createServer, Socket } from 'node:net'
import { constants } from 'node:os'
import { createInterface } from 'node:readline'

const [ways, program, ...args] = process.argv.slice(2)
const say = (text) => process.stderr.write('credbroker: ' + text + '\\n')

const offer = ({ address, port, socket }) =>
  new Promise((resolve) => {
    const server = createServer({ allowHalfOpen: true }, (near) => {
      const far = connect({ path: socket, allowHalfOpen: true })
      for (const [one, other] of [[near, far], [far, near]]) {
        one.on('error', () => other.destroy())
        one.once('close', () => one.readableEnded || other.destroy())
        one.pipe(other)
      }
    })
    server.once('error', () => resolve(say('nothing can be offered at ' + address + ':' + port)))
    server.listen(port, address, resolve)
  })
await Promise.all(JSON.parse(ways).map(offer))

// A terminal's signals go to every process of its foreground; this one is to stay.
for (const signal of ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']) process.on(signal, () => {})
const child = spawn(program, args, { stdio: 'inherit' })
child.once('error', ({ code }) => {
  const missing = code === 'ENOENT'
  say(program + ': ' + (missing ? 'command not found in the sandbox' : 'cannot be started (' + code + ')'))
  process.exit(missing ? 127 : 126)
})
child.once('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code))
const control = new Socket({ fd: 3 })
createInterface({ input: control }).on('line', (line) => {
  const [signal, whom] = line.split(' ')
  if (!(signal in constants.signals)) return
  if (whom === 'all') process.kill(0, signal)
  else child.kill(signal)
})
control.unref()
`
