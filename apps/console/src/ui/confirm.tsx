import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { type ReactNode, useState } from 'react'
import type { Change, Order } from '../api/change.ts'
import { ChangeStatus } from './problem.tsx'

interface Props<Answer> {
  /** On the button, and the title of the question: `End the task`. */
  readonly verb: string
  readonly change: Change<Answer>
  readonly order: Order
  /** What ends or changes, in plain words. */
  readonly children: ReactNode
  /** To be typed first, where everything is at stake. */
  readonly word?: string
  readonly size?: 'compact-sm' | 'sm'
}

/** A button that asks once more, and says what will be over. Stays open while somebody has to approve it. */
export function Confirm<Answer>({ verb, change, order, children, word, size = 'sm' }: Props<Answer>) {
  const [open, { open: ask, close }] = useDisclosure(false)
  const [typed, setTyped] = useState('')
  const done = () => {
    close()
    setTyped('')
    change.reset()
  }
  return (
    <>
      <Button size={size} variant="default" onClick={ask}>
        {verb}
      </Button>
      <Modal
        opened={open && change.done === undefined}
        onClose={done}
        title={`${verb}?`}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <Stack gap="md">
          <div>{children}</div>
          {word !== undefined && (
            <TextInput
              label={`Type ${word} to go on`}
              value={typed}
              autoComplete="off"
              onChange={({ currentTarget }) => setTyped(currentTarget.value)}
            />
          )}
          <ChangeStatus change={change} />
          <Group justify="flex-end">
            <Button variant="default" onClick={done}>
              Leave it
            </Button>
            <Button
              color="red"
              loading={change.busy}
              disabled={(word !== undefined && typed !== word) || change.waits !== undefined}
              onClick={() => change.send(order)}
            >
              {verb}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  )
}
