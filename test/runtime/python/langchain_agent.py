"""What an agent does with the tools of the example, without a model that would choose them."""

import json

from order_tools import order_tools

from credbroker import Broker

with Broker.from_environment().start_task(
    environment="staging", purpose="mend the orders", scopes=["orders-ro", "api"], ttl="5m"
) as task:
    given = {"cancel_order": {"order": "o2"}}
    print(json.dumps({one.name: one.invoke(given.get(one.name, {})) for one in order_tools(task)}))
