"""A database user and AWS keys that live seconds: what was made of the first goes on with the next."""

import json
import sys
import time

from psycopg_pool import ConnectionPool

from credbroker import Broker

bucket = sys.argv[1]
with Broker.from_environment().start_task(
    environment="staging", purpose="count the orders", scopes=["orders-brief", "reports-brief"], ttl="5m"
) as task:
    orders = task.postgres("orders-brief")
    session = task.aws("reports-brief")
    s3 = session.client("s3")
    pool = ConnectionPool(kwargs=orders.parameters, check=orders.check, min_size=1, open=True)

    def pooled() -> str:
        with pool.connection() as connection:
            return str(connection.execute("SELECT current_user").fetchone())

    def direct() -> str:
        with orders.connect() as connection:
            return str(connection.execute("SELECT current_user").fetchone())

    def key() -> str:
        credentials = session.get_credentials()
        assert credentials
        return str(credentials.get_frozen_credentials().access_key)

    first = (pooled(), direct(), key())
    objects = [s3.list_objects_v2(Bucket=bucket)["KeyCount"]]
    while any(now == before for now, before in zip((pooled(), direct(), key()), first, strict=True)):
        time.sleep(0.2)
    objects.append(s3.list_objects_v2(Bucket=bucket)["KeyCount"])
    with pool.connection() as connection:
        count = connection.execute("SELECT count(*) FROM orders").fetchone()
    pool.close()
    print(json.dumps({"task": task.id, "count": count and count[0], "objects": objects}))
