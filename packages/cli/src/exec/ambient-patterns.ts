/** Names in upper case. What ends like this is a credential under whatever name its owner gave it. */
const NAMES: readonly RegExp[] = [
  /(^|_)(TOKENS?|PAT|JWT|APIKEY|AUTH|AUTHTOKEN|DSN|SAS)$/,
  /(SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|PRIVATE_?KEY|API_?KEY|ACCESS_?KEY)/,
  /(^|_)(SIGNING|ENCRYPTION|MASTER|SERVICE|SERVICE_ROLE|DEPLOY|ADMIN|ACCOUNT|AUTH|SSH|GPG|AGE|HMAC|JWT)_KEYS?$/,
  /_(TOKEN|KEY)_(FILE|PATH|BASE64|B64|JSON)$/,
  /(^|_)(DATABASE|DB|POSTGRES|POSTGRESQL|PG|MYSQL|MARIADB|MONGO|MONGODB|REDIS|AMQP|RABBITMQ|NATS|CLICKHOUSE)_(URL|URI)$/,
  /_CONNECTION_?STRING$/,
  /_WEBHOOK(_URL)?$/,
  // Where settings, and with them tokens, reach a tool one by one.
  /^(GIT_CONFIG_(COUNT|PARAMETERS|KEY_\d+|VALUE_\d+)|AWS_ENDPOINT_URL_.+|AWS_CONTAINER_.+|TF_TOKEN_.+|BROKER_.+)$/,
]

/** What a value gives away under any name. A proxy may need its password, and is no way to a vendor. */
const VALUES: readonly RegExp[] = [
  /^[a-z][a-z0-9+.-]*:\/\/[^\s/@:]*:[^\s/@]+@/i,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /^(gh[oprsu]_|github_pat_|glpat-|npm_|xox[abp]-|sk-|[rs]k_live_|AKIA[0-9A-Z]{12}|ASIA[0-9A-Z]{12}|AIza|hvs\.|dop_v1_|brk_)/,
  /^eyJ[\w-]+\.eyJ[\w-]+\./,
]
const PROXY = /^(ALL|HTTPS?|FTP)_PROXY$/

export const namedLikeACredential = (name: string): boolean =>
  NAMES.some((pattern) => pattern.test(name.toUpperCase()))

export const looksLikeACredential = (name: string, value: string): boolean =>
  !PROXY.test(name.toUpperCase()) && VALUES.some((pattern) => pattern.test(value))
