/** The caps of invariant I3, in seconds, and how much of a thing there may be at once. Nothing the broker creates is without an end. */
export const LIMITS = {
  accessTokenSeconds: 300,
  accessTokenMaxSeconds: 900,
  /** What the broker shows a vendor in place of a credential. */
  assertionSeconds: 120,
  taskMaxSeconds: 8 * 3600,
  taskDefaultSeconds: 30 * 60,
  enrolmentSeconds: 15 * 60,
  setupCodeSeconds: 60 * 60,
  /** How long a person has for what the browser asks of them, and single sign-on for sending them back. */
  challengeSeconds: 5 * 60,
  sessionSeconds: 12 * 3600,
  sessionIdleSeconds: 30 * 60,
  /** A session that a recovery code began can register one passkey, and is short. */
  recoverySessionSeconds: 10 * 60,
  /** How long a passkey's word counts for acts that ask for it. */
  stepUpSeconds: 5 * 60,
  breakGlassSeconds: 30 * 60,
  recoveryCodes: 10,
  passkeysPerUser: 20,
  clientKeySeconds: 30 * 24 * 3600,
  lentKeySeconds: 3600,
  /** Of the key that `broker login` leaves on a machine. */
  loginKeySeconds: 12 * 3600,
  /** How long a person has to confirm a login, and how often the machine may ask whether they did. */
  deviceSeconds: 10 * 60,
  deviceIntervalSeconds: 5,
  /** Logins that wait for a person, of everybody. */
  devicesPending: 1000,
  /** Wrong user codes of one person within {@link LIMITS.deviceSeconds}. */
  deviceGuesses: 10,
  heartbeatMinSeconds: 5,
  heartbeatMaxSeconds: 300,
  /** How long a credential may outlive the end of its grant before the sweeper must have ended it. */
  graceSeconds: 30,
  mintTimeoutSeconds: 20,
  scopesPerTask: 32,
  /** How many generations of child tasks there may be below a task (I9); the schema holds it too. */
  delegationDepth: 4,
  /** Questions of one agent that wait for a person (I4), over all its tasks. */
  pendingPerAgent: 3,
  /** How long a question waits at most; never past its task. */
  questionSeconds: 3600,
  /** How long an approval may be used, from when it is given. */
  approvalSeconds: 600,
  /** Questions of one agent within an hour, answered or not: people who are asked all the time read nothing. */
  askedPerHour: 30,
  /** Requests that one approval may list. */
  batchRequests: 20,
  /** Calls through the gateway, of one grant and of one agent, within a minute at one replica. */
  callsPerGrant: 600,
  callsPerAgent: 1200,
  /** What calls make the broker ask the vendor by itself, of one agent within a minute. */
  resolutionsPerAgent: 300,
  /** Bytes of answers to one agent within a minute. */
  answerBytesPerAgent: 256 * 1024 * 1024,
  /** Calls of one agent that have not ended. */
  callsInFlight: 64,
  /** Bytes of requests of calls that have not ended, of one agent and of all of them, at one replica. */
  heldBytesPerAgent: 32 * 1024 * 1024,
  heldBytes: 128 * 1024 * 1024,
  /** From the first byte of a request to its last. */
  requestSeconds: 120,
  /** From the request to the head of the vendor's answer; streams last as long as the grant. */
  upstreamTimeoutSeconds: 30,
  /** Leases that are not dead yet, those being revoked included. */
  leasesPerTask: 32,
  leasesPerAgent: 256,
  /** Mints of one agent that a vendor has not answered yet. */
  mintsPerAgent: 32,
  /** Far beyond any fleet that shares one identity: it stops what runs away. Counted now and then, not at each start. */
  tasksPerAgent: 100_000,
  /** Found secrets that one reporter may tell of within a minute at one replica, and reports that wait to be looked at. */
  leaksPerMinute: 2000,
  leakReportsWaiting: 64,
  /** Of policies that somebody asks about: all texts of one draft together, and how long one person's drafts may be looked at. */
  draftBytes: 64 * 1024,
  draftMillisecondsPerMinute: 20_000,
  draftsAtOnce: 2,
  bodyBytes: 256 * 1024,
  secretBytes: 64 * 1024,
} as const
