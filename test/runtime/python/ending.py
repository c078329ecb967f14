"""Fails inside a task, with a connection open and everything shown that can be."""

import json
import sys

from credbroker import Broker

with Broker.from_environment().start_task(
    environment="staging", purpose="fail", scopes=["orders-ro", "reports"], ttl="5m"
) as task:
    orders = task.postgres("orders-ro")
    session = task.aws("reports")
    connection = orders.connect()
    lease = task.lease("orders-ro").current()
    secrets = [orders.parameters()["password"]]
    keys = session.get_credentials()
    assert keys
    secrets += keys.get_frozen_credentials()[1:3]
    shown = [
        f"{one} {one!r}" for one in (task, orders, session, connection, lease, lease.credential, keys, task.grants)
    ]
    shown.append(json.dumps(shown, default=vars))
    assert not [text for text in shown for secret in secrets if secret in text]
    print(json.dumps({"task": task.id, "user": connection.info.user}))
    # For the test alone, to look for in everything else.
    print(json.dumps(secrets), file=open(sys.argv[1], "w"))
    raise RuntimeError("it went wrong")
