#!/usr/bin/env node
import { randomFillSync } from 'node:crypto'
import { runCommandLine } from './run.ts'

// A reader that stops early (`| head`) is not an error worth a stack. What has to clean up first (`exec`, `dev`) does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (process.listenerCount('SIGTERM') > 0) process.kill(process.pid, 'SIGTERM')
  else process.exit(error.code === 'EPIPE' ? 0 : 1)
})

// Not process.exit(): what was written to a pipe must still get out.
process.exitCode = await runCommandLine(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  outBytes: (bytes) =>
    new Promise((resolve, reject) =>
      process.stdout.write(bytes, (error) => (error ? reject(error) : resolve())),
    ),
  err: (text) => void process.stderr.write(text),
  stdin: process.stdin,
  interactive: process.stdin.isTTY === true && process.stdout.isTTY === true,
  ...(process.stdout.isTTY && { columns: process.stdout.columns }),
  env: process.env,
  cwd: process.cwd(),
  now: () => new Date(),
  random: (bytes) => randomFillSync(bytes),
  // Late bound: Node loads its HTTP client when this is first called.
  fetch: (input, init) => globalThis.fetch(input, init),
})
