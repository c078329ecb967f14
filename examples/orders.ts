import { Broker } from '@credbroker/sdk'
import postgres from 'postgres'

const broker = Broker.fromEnvironment()
await using task = await broker.startTask({
  environment: 'staging',
  purpose: 'count the orders',
  scopes: ['orders-ro'],
  ttl: '10m',
})
const sql = postgres(await task.postgres('orders-ro'))
const [row] = await sql`SELECT current_user, count(*) FROM orders`
console.log(row)
await sql.end()
// Leaving the file ends the task: the role is dropped.
