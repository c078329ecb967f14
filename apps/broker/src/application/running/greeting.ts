/** What a broker that has just started says about itself. Plain text for people, one object for programs. */

export interface Started {
  /** Where agents and commands reach it. */
  readonly url: string
  /** Where people do; differs from `url` only for a loopback address, of which WebAuthn knows nothing. */
  readonly console: string
}

/** Opens the page that registers a first passkey. What follows `#` is sent to nobody by itself. */
const setupLink = (console: string, code: string): string => `${console}/setup#${code}`

export const devJson = ({ url, console }: Started, stateDir: string): string =>
  `${JSON.stringify({ url, console_url: `${console}/`, state_dir: stateDir, pid: process.pid })}\n`

export const devText = (
  { url, console }: Started,
  stateDir: string,
  setupCode: string | undefined,
  profile: string,
): string => `
Credbroker is running at ${url}

  ${
    setupCode === undefined
      ? `Console         ${console}/login`
      : `Console         ${setupLink(console, setupCode)}
                  One hour, one use: registers the administrator’s first passkey.
                  The code after # makes another machine an administrator
                  instead, with \`broker enroll\`.`
  }
  State           ${stateDir}
  Profile         ${profile}: the broker command is an administrator here

For trying out: an agent that runs as this user can do what this user can.
See docs/threat-model.md.

Next
${
  profile === 'default'
    ? ''
    : `  export BROKER_PROFILE=${profile}          another broker has the default profile
`
}  ./broker whoami
  ./broker init                      write a starter configuration
  ./broker apply -f credbroker       show the difference, then apply it

Ctrl-C stops the broker and its database.
`

export const serveJson = ({ url, console }: Started, setupCode: string | undefined): string =>
  `${JSON.stringify({ url, console_url: `${console}/`, ...(setupCode && { setup_code: setupCode }), pid: process.pid })}\n`

export const serveText = ({ url, console }: Started, setupCode: string | undefined): string =>
  setupCode === undefined
    ? `Credbroker is running at ${url}\n`
    : `
Credbroker is running at ${url}

Nobody is enrolled yet. Within the hour, and once, the first administrator opens

  ${setupLink(console, setupCode)}

to register a passkey; or, on their machine:

  broker enroll --url ${url}         and paste ${setupCode}
`
