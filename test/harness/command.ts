import { fileURLToPath } from 'node:url'

/** The command as it ships: test/harness/built.ts has it built before the first test. */
export const MAIN = fileURLToPath(new URL('../../dist/broker.js', import.meta.url))

/** For Node. What optimises WebAssembly in the background costs a process of seconds more than it gains. */
export const BROKER = ['--liftoff-only', MAIN]
