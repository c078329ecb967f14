"""Calls by httpx. Its lines are read as they come: a person has to approve the last call."""

import json
import traceback

from credbroker import Approval, Broker, BrokerApiError


def say(**what: object) -> None:
    print(json.dumps(what), flush=True)


def asked(approval: Approval) -> None:
    say(approval=approval.id, url=approval.url)


broker = Broker.from_environment()
with broker.start_task(
    environment="staging", purpose="mend the orders", scopes=["api", "orders-live"], ttl="5m"
) as task:
    client = task.http("api", on_approval=asked)
    added = client.post("/v1/orders", json={"total": 7})
    say(status=added.status_code, body=added.json(), to=str(added.request.url))
    with client.stream("GET", "/v1/orders", params={"page": 2}) as listed:
        say(status=listed.status_code, body=b"".join(listed.iter_bytes()).decode())
    with task.delegate(scopes=["api"], purpose="read the orders", access={"api": ["read", "write", "delete"]}) as part:
        say(part=part.fetch("api", "GET", "/v1/orders").status_code)
    for attempt in (
        lambda: client.get("/v1/live"),
        lambda: client.get("https://elsewhere.example/v1/orders"),
        lambda: task.postgres("orders-live"),
        lambda: broker.start_task(environment="production", purpose="reach further", scopes=["api"], ttl="5m"),
    ):
        try:
            attempt()
        except BrokerApiError as error:
            why = [(grant.scope, grant.environment, grant.code) for grant in error.grants]
            say(refused=type(error).__name__, code=error.code, grants=why, trace=traceback.format_exc())
        except ValueError as error:
            say(refused=type(error).__name__, reason=str(error))
    say(status=client.delete("/v1/orders/o1").status_code)
