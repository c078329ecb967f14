import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { BrokerError } from '@credbroker/core/errors'

const OK = 0
const SASL = 10
const AUTHENTICATION = 0x52
const ERROR = 0x45

/**
 * What the driver gets for a socket. Two things are decided here, whatever the other side sends.
 *
 * Only a SCRAM proof is given: the first request for authentication is looked at before the driver answers it, so a server, or
 * someone in between, that asks for the password itself gets nothing (libpq's `require_auth`).
 *
 * A connection that breaks is an error to whoever waits, now and later. postgres 3.4.9 forgets its socket when that
 * closes and then writes to it, which is an uncaught exception; it therefore hears of a close only after it asked for one.
 */
export class Wire extends EventEmitter {
  /** How the server let us in: by a SCRAM proof, or for nothing at all (`trust`). */
  login: 'scram' | 'nothing' | 'unknown' = 'unknown'
  readonly #socket: Socket
  #head: Buffer = Buffer.alloc(0)
  #refusal: Error | undefined
  #ending = false

  constructor(socket: Socket) {
    super()
    this.#socket = socket
    socket.on('data', (chunk) => this.#receive(Buffer.from(chunk)))
    socket.on('drain', () => this.emit('drain'))
    socket.on('close', () => this.#closed())
    // Told by `close`, which always follows.
    socket.on('error', () => {})
  }

  get readyState(): string {
    return this.#socket.readyState
  }

  write(bytes: Buffer, done?: () => void): boolean {
    if (!this.#socket.destroyed) return this.#socket.write(bytes, done)
    setImmediate(() => this.#broken())
    return true
  }

  end(bytes?: Buffer): void {
    this.#ending = true
    if (bytes === undefined) this.#socket.end()
    else this.#socket.end(bytes)
  }

  destroy(): void {
    this.#socket.destroy()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  #receive(chunk: Buffer): void {
    if (this.login !== 'unknown') {
      this.emit('data', chunk)
      return
    }
    this.#head = Buffer.concat([this.#head, chunk])
    if (this.#head.length < 9) return
    const method = this.#head[0] === AUTHENTICATION ? this.#head.readUInt32BE(5) : undefined
    if (method !== OK && method !== SASL && this.#head[0] !== ERROR) {
      this.#refuse()
      return
    }
    this.login = method === OK ? 'nothing' : 'scram'
    this.emit('data', this.#head)
  }

  #refuse(): void {
    this.#refusal = new BrokerError('vendor_refused', {
      detail: 'The server asks for the password in a form that reveals it: use scram-sha-256 in pg_hba.conf',
    })
    this.#socket.destroy()
  }

  #closed(): void {
    if (this.#ending) this.emit('close', false)
    else this.#broken()
  }

  #broken(): void {
    const broken = new BrokerError('vendor_unavailable', { detail: 'The connection to the server broke' })
    if (this.listenerCount('error') > 0) this.emit('error', this.#refusal ?? broken)
  }
}
