import { Page } from '../../ui/page.tsx'

export default function Teams() {
  return <Page title="Teams">{null}</Page>
}
