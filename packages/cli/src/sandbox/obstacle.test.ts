import { expect, it } from 'vitest'
import { obstacleOf } from './obstacle.ts'

const settings = (closed: Readonly<Record<string, string>> = {}, setuid = false) => ({
  setuid,
  setting: (name: string) => closed[name],
})
const NO_RIGHTS =
  'bwrap: No permissions to create a new namespace, likely because the kernel does not allow it.\n'

it.each([
  ['none is installed', undefined, settings(), 'apt-get install bubblewrap'],
  ['it is too old', 'bwrap: Unknown option --disable-userns\n', settings(), '0.8'],
  [
    'it is a set-user-id program',
    'bwrap: cannot open /proc/sys/user/max_user_namespaces: Permission denied\n',
    settings({}, true),
    'chmod u-s',
  ],
  ['there may be none', NO_RIGHTS, settings({ 'user/max_user_namespaces': '0' }), 'user.max_user_namespaces'],
  [
    'Debian or Arch has closed them',
    NO_RIGHTS,
    settings({ 'user/max_user_namespaces': '9000', 'kernel/unprivileged_userns_clone': '0' }),
    'kernel.unprivileged_userns_clone=1',
  ],
  [
    'Ubuntu has closed them',
    'bwrap: setting up uid map: Permission denied\n',
    settings({ 'kernel/apparmor_restrict_unprivileged_userns': '1' }),
    'AppArmor',
  ],
  ['it is a container', NO_RIGHTS, settings(), 'seccomp=unconfined'],
  ['nobody knows why', '', settings(), 'user namespaces'],
])('where no sandbox can be made since %s, the advice is what lifts that', (_, said, allowed, advice) => {
  const { why, todo } = obstacleOf(said, allowed)
  expect(todo).toContain(advice)
  expect(why).toMatch(/[^.\s]$/)
})
