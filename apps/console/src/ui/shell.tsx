import {
  Alert,
  Anchor,
  Badge,
  Burger,
  Drawer,
  Group,
  NavLink,
  Stack,
  Text,
  VisuallyHidden,
} from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconSnowflake } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useEffect, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { type Connection, followEvents } from '../api/events.ts'
import { useOne } from '../api/queries.ts'
import { PAGES } from '../pages.ts'
import { type Me, nameOf } from '../session/me.ts'
import { KeyHelp } from './key-help.tsx'
import { useKeys } from './keys.ts'
import classes from './shell.module.css'
import { ThemeSwitch } from './theme-switch.tsx'
import { Prefix } from './title.ts'
import { useWaiting } from './waiting.ts'

const GROUPS = ['Now', 'Access', 'Configuration', 'Record'] as const
const WORDS: Readonly<Record<Connection, string>> = {
  connecting: 'Connecting …',
  live: 'Live',
  lost: 'Not live: trying again',
}

/** What stands around every page: where one can go, who one is, and whether what is shown is up to date. */
export function Shell({ me, children }: { readonly me: Me; readonly children: ReactNode }) {
  const [open, menu] = useDisclosure(false)
  const [here, navigate] = useLocation()
  const connection = useEvents()
  const waiting = useWaiting()
  useKeys(
    Object.fromEntries(
      PAGES.flatMap(({ key, path }) => (key ? [[`g ${key}`, () => navigate(path)] as const] : [])),
    ),
  )
  const navigation = <Navigation here={here} waiting={waiting} onGo={menu.close} />
  return (
    <Prefix value={waiting > 0 ? `(${waiting}) ` : ''}>
      <a className={classes['skip']} href="#main">
        Skip to the page
      </a>
      <header className={classes['header']} data-no-print>
        <Group gap="sm">
          <Burger
            className={classes['burger'] ?? ''}
            opened={open}
            onClick={menu.toggle}
            size="sm"
            aria-label="Menu"
          />
          <Anchor component={Link} href="/" fw={700} c="var(--mantine-color-text)" underline="never">
            Credbroker
          </Anchor>
        </Group>
        <Group gap="md">
          <Text size="xs" c="dimmed" role="status" className={classes['live'] ?? ''} data-state={connection}>
            {WORDS[connection]}
          </Text>
          <ThemeSwitch />
          <Anchor component={Link} href="/account" size="sm">
            <VisuallyHidden>Your account: </VisuallyHidden>
            {nameOf(me)}
          </Anchor>
        </Group>
      </header>
      <div className={classes['frame']}>
        <nav className={classes['side']} aria-label="Pages" data-no-print>
          {navigation}
        </nav>
        <Drawer opened={open} onClose={menu.close} title="Credbroker" size="xs">
          <nav aria-label="Pages">{navigation}</nav>
        </Drawer>
        <main id="main" className={classes['main']} tabIndex={-1}>
          <Warnings me={me} />
          {children}
        </main>
      </div>
      <KeyHelp />
    </Prefix>
  )
}

function Navigation({
  here,
  waiting,
  onGo,
}: {
  readonly here: string
  readonly waiting: number
  readonly onGo: () => void
}) {
  return (
    <Stack gap="lg">
      {GROUPS.map((group) => {
        const pages = PAGES.filter(({ nav }) => nav?.group === group)
        return pages.length === 0 ? null : (
          <div key={group}>
            <Text size="xs" c="dimmed" px="sm" pb={4}>
              {group}
            </Text>
            {pages.map(({ path, nav }) => (
              <NavLink
                key={path}
                component={Link}
                href={path}
                label={nav?.title}
                py={5}
                active={path === '/' ? here === '/' : here.startsWith(path)}
                aria-current={here === path ? 'page' : undefined}
                onClick={onGo}
                rightSection={
                  path === '/approvals' &&
                  waiting > 0 && (
                    <Badge size="sm" color="red" circle={waiting < 10} aria-label={`${waiting} waiting`}>
                      {waiting > 99 ? '99+' : waiting}
                    </Badge>
                  )
                }
              />
            ))}
          </div>
        )
      })}
    </Stack>
  )
}

function useEvents(): Connection {
  const client = useQueryClient()
  const [connection, setConnection] = useState<Connection>('connecting')
  useEffect(() => followEvents(client, setConnection), [client])
  return connection
}

interface Freezes {
  readonly items: readonly { readonly target: string; readonly by: string; readonly reason?: string }[]
}

/** What everybody must know on every page: that something is frozen, or that policy gives way at the moment. */
function Warnings({ me }: { readonly me: Me }) {
  const frozen = useOne<Freezes>('/v1/freeze').data?.items ?? []
  const broken = me.break_glass ?? []
  return (
    <div data-no-print>
      {frozen.length > 0 && (
        <Alert color="blue" icon={<IconSnowflake />} mb="md" title="Frozen" role="status">
          {frozen.map(({ target }) => target).join(', ')}: nothing is granted, minted or called there.
        </Alert>
      )}
      {broken.length > 0 && (
        <Alert color="red" mb="md" title="Break-glass is in force" role="status">
          Policy gives way for {broken.length} {broken.length === 1 ? 'agent' : 'agents'}.
        </Alert>
      )}
    </div>
  )
}
