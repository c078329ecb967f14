/** The key of a `Broker` that is not made from a profile travels in one of these, and so do credentials. */
export { Secret } from '@credbroker/core/secret'
