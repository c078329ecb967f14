/**
 * What a person or a supervisor sends to a command they started. SIGUSR1 is among them for another reason, too: a Node
 * process without a listener answers it by opening its debugger, and with it our key, to every process of this user.
 */
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const
const FROM_TERMINAL: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT'])
const ENDS_A_RUN: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'])

export interface SignalWatch extends Disposable {
  /** The signal that asked us to end while no child was there to take it. */
  readonly pending: NodeJS.Signals | undefined
  /** Resolves with the next signal, from now on, that asks us to end while no child is there. */
  interruption(): Promise<NodeJS.Signals>
  /** From here on signals go to this child; `undefined`: it has gone. */
  forwardTo(deliver: ((signal: NodeJS.Signals) => void) | undefined): void
}

/**
 * Takes over the signals until disposed.
 *
 * `terminal`: a terminal's Ctrl-C and Ctrl-\ reach the whole foreground group, the child included; passed on they would
 * arrive twice, and many programs take a second Ctrl-C for "at once".
 */
export function watchSignals(terminal: boolean, source: NodeJS.EventEmitter = process): SignalWatch {
  let deliver: ((signal: NodeJS.Signals) => void) | undefined
  let pending: NodeJS.Signals | undefined
  const waiting: ((signal: NodeJS.Signals) => void)[] = []
  const listeners = FORWARDED.map((signal) => {
    const listener = () => {
      if (deliver) {
        if (!(terminal && FROM_TERMINAL.has(signal))) deliver(signal)
      } else if (ENDS_A_RUN.has(signal)) {
        pending ??= signal
        for (const resolve of waiting.splice(0)) resolve(signal)
      }
    }
    source.on(signal, listener)
    return [signal, listener] as const
  })
  return {
    get pending() {
      return pending
    },
    interruption: () => new Promise((resolve) => waiting.push(resolve)),
    forwardTo: (next) => {
      deliver = next
    },
    [Symbol.dispose]: () => {
      for (const [signal, listener] of listeners) source.off(signal, listener)
    },
  }
}
