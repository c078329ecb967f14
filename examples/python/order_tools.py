"""Tools for a LangChain agent that holds no keys.

Each tool asks the broker when it is called, and the broker decides then. Where it says no, the model reads why, and
what can be done about it: it can tell its user, and has nothing to gain from trying another way.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from langchain_core.tools import BaseTool, ToolException, tool

from credbroker import ApprovalRequiredError, BrokerApiError, BrokerUnreachableError, Task


def for_the_model(error: BrokerApiError) -> str:
    """A denial in words that a model can act on."""
    if isinstance(error, ApprovalRequiredError):
        link = error.approval_url
        return f"Not done: a person has to approve it at {link}. Show them the link; do not look for another way."
    said = [f"Denied: {error.reason} [{error.code}]."]
    if error.required:
        said.append(f"It would take: {', '.join(error.required)}.")
    if error.todo:
        said.append(error.todo)
    said.append("The same may be tried again in a while." if error.retryable else "Trying again changes nothing.")
    return " ".join(said)


@contextmanager
def told_to_the_model() -> Iterator[None]:
    try:
        yield
    except BrokerApiError as error:
        raise ToolException(for_the_model(error)) from error
    except BrokerUnreachableError as error:
        raise ToolException("Nobody knows whether it was done: no answer came. Look before you try again.") from error


def order_tools(task: Task) -> list[BaseTool]:
    """What an agent may do with orders in this task."""

    @tool
    @told_to_the_model()
    def count_orders() -> str:
        """Count the orders in the database."""
        with task.postgres("orders-ro").connect() as connection:
            row = connection.execute("SELECT count(*) FROM orders").fetchone()
        return f"{row[0]} orders" if row else "no answer"

    @tool
    @told_to_the_model()
    def cancel_order(order: str) -> str:
        """Cancel one order, by its id. A person may have to approve it."""
        answer = task.http("api", approval="raise").delete(f"/v1/orders/{quote(order, safe='')}")
        return f"The shop answered {answer.status_code}: {answer.text}"

    @tool
    @told_to_the_model()
    def show_live_orders() -> str:
        """Show the orders of the live shop."""
        return task.http("api").get("/v1/live").text

    tools: list[BaseTool] = [count_orders, cancel_order, show_live_orders]
    for one in tools:
        one.handle_tool_error = True
    return tools
