import { Page } from '../../ui/page.tsx'

export default function Users() {
  return <Page title="Users">{null}</Page>
}
