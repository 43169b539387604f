"""Under which names the server answers.

A page of another site can have its own name lead to this machine (DNS rebinding); its requests
then carry that name as their host, which is not one of ours.
"""

import re
from collections.abc import Collection
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from firs.web.problems import problem

_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[^\[\]:/@\s]+)(:\d{1,5})?")


class HostGuard:
    """Refuses requests to any name but the given ones."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = frozenset(name.lower().strip("[]") for name in names)

    def __call__(self, request: Request) -> Response | None:
        """Look at one request."""
        hosts = request.headers.getlist("host")
        if len(hosts) == 1 and host_name(hosts[0]) in self._names:
            return None
        return problem(
            HTTPStatus.MISDIRECTED_REQUEST,
            "This server does not answer under that name. Where the name is yours, start the "
            "server with --allowed-host NAME.",
        )


def host_name(host: str) -> str | None:
    """Return the name in a Host header, without port and brackets, in lower case.

    >>> host_name("LocalHost:8017"), host_name("[::1]:8017"), host_name("a b")
    ('localhost', '::1', None)
    """
    found = _HOST.fullmatch(host)
    return found["name"].strip("[]").lower() if found else None
