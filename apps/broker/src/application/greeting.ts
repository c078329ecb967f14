/** What a broker that has just started says about itself. Plain text for people, one object for programs. */

export const devJson = (url: string, stateDir: string): string =>
  `${JSON.stringify({ url, console_url: `${url}/`, state_dir: stateDir, pid: process.pid })}\n`

export const devText = (url: string, stateDir: string, setupCode: string, profile: string): string => `
Credbroker is running at ${url}

  Console         ${url}/
  Setup code      ${setupCode}
                  (one hour, one use: makes another machine an administrator with \`broker enroll\`)
  State           ${stateDir}
  Profile         ${profile}: the broker command on this machine is an administrator here

For trying out: an agent that runs as this user can do what this user can. See docs/threat-model.md.

Next
  ./broker whoami
  ./broker init                      write a starter configuration
  ./broker apply -f credbroker       show the difference, then apply it

Ctrl-C stops the broker and its database.
`

export const serveJson = (url: string, setupCode: string | undefined): string =>
  `${JSON.stringify({ url, console_url: `${url}/`, ...(setupCode && { setup_code: setupCode }), pid: process.pid })}\n`

export const serveText = (url: string, setupCode: string | undefined): string =>
  setupCode === undefined
    ? `Credbroker is running at ${url}\n`
    : `
Credbroker is running at ${url}

Nobody is enrolled yet. On the first administrator's machine, within the hour:

  broker enroll --url ${url}         and paste ${setupCode}
`
