export const SERVICE_USER = 'credbroker'
export const CONFIG_DIRECTORY = '/etc/credbroker'
export const UNIT_PATH = '/etc/systemd/system/credbroker.service'

/** The unit of the server. It has no right but to talk to the network, and its own state directory to write into. */
export const unitText = (node: string, program: string): string => `# Written by \`broker service install\`.
[Unit]
Description=Credbroker, a credential broker for AI agents
After=network-online.target postgresql.service
Wants=network-online.target

[Service]
User=${SERVICE_USER}
Group=${SERVICE_USER}
ExecStart=${quoted(node)} ${quoted(program)} serve --config ${CONFIG_DIRECTORY}/config.yaml
Restart=on-failure
RestartSec=2
StateDirectory=credbroker
StateDirectoryMode=0700
UMask=0077
LimitCORE=0
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=tmpfs
PrivateTmp=yes
PrivateDevices=yes
PrivateIPC=yes
ProtectProc=invisible
ProcSubset=pid
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources @keyring @debug
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`

/** A command line of systemd: percent and dollar signs mean something in it. */
const quoted = (path: string): string =>
  `"${path.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`

/** To be filled in: nothing of it can be known here. */
export const CONFIG_TEXT = `# Settings of the server: docs/configuration.md. It refuses to start while one is missing, and says which.
# The database of the brokers, which is theirs alone:
# DATABASE_URL: postgres://credbroker:PASSWORD@127.0.0.1:5432/credbroker
# Where agents and people reach it; beyond loopback https, by a proxy in front:
# BROKER_PUBLIC_URL: https://broker.example
BROKER_KEYFILE: ${CONFIG_DIRECTORY}/keyfile
`
