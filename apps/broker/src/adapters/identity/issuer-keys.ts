import { BrokerError } from '@credbroker/core/errors'
import type { Issuer } from '../../domain/config.ts'
import { BoundedCache } from '../tokens/bounded-cache.ts'
import type { GetJson } from './guarded-json.ts'

/** A JSON Web Key as somebody else sent it. */
export type ForeignKey = Readonly<Record<string, unknown>>

/** Read again after this. */
const FRESH_MS = 5 * 60_000
/** Keys that could not be read again for this long count no more: one may have been withdrawn meanwhile. */
const STALE_MS = 60 * 60_000
/** However many tokens name keys that nobody has. */
const UNKNOWN_KID_MS = 30_000
/** Between two tries while the issuer fails. */
const RETRY_MS = 5_000
const MOST_KEYS = 100

interface Held {
  readonly keys: readonly ForeignKey[]
  readonly readAt: number
}

interface State {
  held?: Held
  triedAt: number
  reading?: Promise<Held>
}

/**
 * The public keys of the issuers in the configuration, and of nobody else. They are read when needed, kept while the
 * issuer fails, but not for ever.
 */
export class IssuerKeys {
  readonly #get: GetJson
  /** By everything that decides what is read: an issuer whose declaration changes starts anew. */
  readonly #states = new BoundedCache<State>(200)

  constructor(get: GetJson) {
    this.#get = get
  }

  /** The keys with this id, read again where there is none. @throws BrokerError `vendor_unavailable` */
  async find(issuer: Issuer, kid: string, now: Date): Promise<readonly ForeignKey[]> {
    if (typeof issuer.jwks === 'object' && issuer.jwks !== null) return withId(issuer.jwks.keys, kid)
    const state = this.#stateOf(issuer)
    const held = await this.#current(state, issuer, now.getTime())
    const found = withId(held.keys, kid)
    if (found.length > 0 || now.getTime() - state.triedAt < UNKNOWN_KID_MS) return found
    return withId((await this.#read(state, issuer, now.getTime()).catch(() => held)).keys, kid)
  }

  async #current(state: State, issuer: Issuer, now: number): Promise<Held> {
    const { held } = state
    const age = held ? now - held.readAt : Number.POSITIVE_INFINITY
    if (held && age < FRESH_MS) return held
    const usable = held && age < STALE_MS ? held : undefined
    if (!state.reading && now - state.triedAt < RETRY_MS) {
      if (usable) return usable
      throw new BrokerError('vendor_unavailable', {
        detail: 'The issuer’s keys cannot be read',
        retryAfterSeconds: 5,
      })
    }
    try {
      return await this.#read(state, issuer, now)
    } catch (error) {
      if (usable) return usable
      throw error
    }
  }

  /** Whoever comes while it is being read waits for the same answer. */
  async #read(state: State, issuer: Issuer, now: number): Promise<Held> {
    state.reading ??= this.#fetch(issuer)
      .then((keys) => {
        state.held = { keys, readAt: now }
        return state.held
      })
      .finally(() => {
        delete state.reading
      })
    state.triedAt = now
    return await state.reading
  }

  async #fetch(issuer: Issuer): Promise<readonly ForeignKey[]> {
    const { keys } = object(
      await this.#get(typeof issuer.jwks === 'string' ? issuer.jwks : await this.#discover(issuer)),
    )
    if (!Array.isArray(keys) || keys.length > MOST_KEYS) throw faulty('The issuer’s key set is none')
    return keys.filter((key) => typeof key === 'object' && key !== null)
  }

  /** OpenID Connect Discovery §4.3: the document must be the issuer's own, to the letter. */
  async #discover({ url }: Issuer): Promise<string> {
    const document = object(await this.#get(`${url.replace(/\/$/, '')}/.well-known/openid-configuration`))
    if (document['issuer'] !== url) throw faulty('The discovery document is of another issuer')
    const { jwks_uri: uri } = document
    if (typeof uri !== 'string' || !URL.canParse(uri)) throw faulty('The discovery document names no keys')
    return uri
  }

  #stateOf({ url, jwks }: Issuer): State {
    const key = `${url} ${typeof jwks === 'string' ? jwks : ''}`
    const known = this.#states.get(key)
    if (known) return known
    const state: State = { triedAt: Number.NEGATIVE_INFINITY }
    this.#states.set(key, state)
    return state
  }
}

const withId = (keys: readonly ForeignKey[], kid: string) => keys.filter((key) => key['kid'] === kid)

const object = (value: unknown): ForeignKey => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw faulty('The issuer’s document is none')
  return value as ForeignKey
}

const faulty = (detail: string) => new BrokerError('vendor_unavailable', { detail })
