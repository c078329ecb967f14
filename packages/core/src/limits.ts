/** The caps of invariant I3, in seconds. Nothing the broker creates is without an end. */
export const LIMITS = {
  accessTokenSeconds: 300,
  accessTokenMaxSeconds: 900,
  taskMaxSeconds: 8 * 3600,
  taskDefaultSeconds: 30 * 60,
  enrolmentSeconds: 15 * 60,
  setupCodeSeconds: 60 * 60,
  clientKeySeconds: 30 * 24 * 3600,
  heartbeatMinSeconds: 5,
  heartbeatMaxSeconds: 300,
  /** How long a credential may outlive the end of its grant before the sweeper must have ended it. */
  graceSeconds: 30,
  mintTimeoutSeconds: 20,
  scopesPerTask: 32,
  bodyBytes: 256 * 1024,
  secretBytes: 64 * 1024,
} as const
