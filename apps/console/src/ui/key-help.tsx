import { Kbd, Modal, Table } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { PAGES } from '../pages.ts'
import { useKeys } from './keys.ts'

const EVERYWHERE: readonly (readonly [keys: string, does: string])[] = [
  ['j', 'next row'],
  ['k', 'row before'],
  ['Enter', 'open the row'],
  ['a', 'approve, at a question'],
  ['d', 'deny, at a question'],
  ['?', 'this list'],
]

export function KeyHelp() {
  const [open, { close, toggle }] = useDisclosure(false)
  useKeys({ '?': toggle })
  const go = PAGES.flatMap(({ key, nav }) => (key && nav ? [[`g ${key}`, nav.title] as const] : []))
  return (
    <Modal opened={open} onClose={close} title="Keys">
      <Table>
        <Table.Tbody>
          {[...EVERYWHERE, ...go].map(([keys, does]) => (
            <Table.Tr key={keys}>
              <Table.Td>
                {keys.split(' ').map((key) => (
                  <Kbd key={key} mr={4}>
                    {key}
                  </Kbd>
                ))}
              </Table.Td>
              <Table.Td>{does}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  )
}
