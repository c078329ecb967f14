import { Page } from '../../ui/page.tsx'

export default function User() {
  return <Page title="User">{null}</Page>
}
