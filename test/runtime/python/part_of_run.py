"""Works in a part of the run that it is inside of, without an identity of its own."""

import json

from credbroker import BrokerApiError, outer_run

run = outer_run()
assert run
with run.start_task(environment="staging", purpose="count the orders", scopes=["orders-ro"], ttl="5m") as task:
    with task.postgres("orders-ro").connect() as connection:
        row = connection.execute("SELECT count(*) FROM orders").fetchone()
        assert row
refused = []
for environment, scope in (("production", "orders-ro"), ("staging", "reports")):
    try:
        run.start_task(environment=environment, purpose="reach further", scopes=[scope])
    except BrokerApiError as error:
        refused.append(error.code)
access = run.access()
around = {"task": access.task, "scopes": [grant.scope for grant in access.grants]}
print(json.dumps({"count": row[0], "part": task.id, "state": task.state, "around": around, "refused": refused}))
