import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import { LocalError } from '../usage-error.ts'
import { bubblewrapArguments, FD } from './bubblewrap.ts'
import type { EnclosedRun, Enclosure } from './enclosure.ts'
import { INSIDE } from './inside.ts'
import type { Layout } from './layout.ts'
import { syscallFilter } from './seccomp.ts'
import { strangeDescriptors } from './strange-descriptors.ts'
import { openWays } from './ways.ts'

/** @throws LocalError */
export async function encloseInBubblewrap(layout: Layout, run: EnclosedRun): Promise<Enclosure> {
  const { files, plan, ports } = run
  const filter = syscallFilter(process.arch)
  if (!filter) throw new LocalError(`There is no filter of system calls for ${process.arch}.`)
  const own = ports.map((port) => ({ address: '127.0.0.1', port, to: { host: '127.0.0.1', port } }))
  const opened = await openWays([...plan.ways, ...own], files.path)
  const enclosed = {
    layout,
    directory: files.path,
    hosts: files.write('hosts', plan.hosts),
    empty: files.write('empty', ''),
  }
  const inside = files.write('inside.mjs', INSIDE)
  return {
    start: (command, env) => {
      const options = [...bubblewrapArguments(enclosed), '--']
      const first = [process.execPath, inside, JSON.stringify(opened.ways), ...command]
      const strangers = strangeDescriptors()
      const nowhere = openSync('/dev/null', 'r')
      // A session of its own: the terminal's signals come by us, or bubblewrap would end before the command has.
      const child = spawn('bwrap', ['--args', String(FD.options), ...first], {
        env,
        detached: true,
        stdio: [...STDIO, ...closed(strangers, nowhere)],
      })
      closeSync(nowhere)
      pipeOf(child, FD.options).end(options.join('\0'))
      const control = pipeOf(child, FD.control)
      pipeOf(child, FD.filter).end(filter)
      const tell = (line: string) => void control.write(`${line}\n`)
      const resized = () => tell('SIGWINCH all')
      process.on('SIGWINCH', resized)
      child.once('exit', () => process.off('SIGWINCH', resized))
      return {
        child,
        deliver: (signal) => tell(FROM_TERMINAL.has(signal) ? `${signal} all` : signal),
      }
    },
    [Symbol.dispose]: () => opened[Symbol.dispose](),
  }
}

const STDIO: readonly ('inherit' | 'pipe')[] = ['inherit', 'inherit', 'inherit', 'pipe', 'pipe', 'pipe']

/** What is left open for the child leads nowhere. Those below are replaced by our own. */
const closed = (strangers: readonly number[], nowhere: number): ('ignore' | number)[] =>
  Array.from({ length: Math.max(0, (strangers.at(-1) ?? 0) + 1 - STDIO.length) }, (_, at) =>
    strangers.includes(at + STDIO.length) ? nowhere : 'ignore',
  )

const FROM_TERMINAL: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT'])

function pipeOf(child: ChildProcess, at: number): Duplex {
  const pipe = child.stdio[at] as Duplex
  pipe.on('error', () => {})
  return pipe
}
