"""The one type for values that must not be seen."""

from __future__ import annotations

from typing import NoReturn

HIDDEN = "[secret]"


class Secret:
    """Prints `[secret]` wherever it is shown. `expose` is the one way out, and a search for it finds every use."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def expose(self) -> str:
        """The value itself. Call it as late as possible, and never for a log line or an error."""
        return self.__value

    def __repr__(self) -> str:
        return HIDDEN

    def __format__(self, spec: str) -> str:
        return format(HIDDEN, spec)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not to be stored")
