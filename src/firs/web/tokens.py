"""The token: what a client must show where the server was started with one."""

import hmac
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from firs.web.problems import problem

COOKIE = "firs_token"
PARAMETER = "token"


class TokenGuard:
    """Guard that refuses requests without the token.

    The token is sent as ``Authorization: Bearer TOKEN``, or as a cookie, which a browser gets by
    opening ``/?token=TOKEN`` once; the address that it is then redirected to has no token.
    """

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: Request) -> Response | None:
        """Look at one request."""
        if request.url.path == "/" and PARAMETER in request.query_params:
            return self._greet(request)
        if self._is_it(_bearer(request)) or self._is_it(request.cookies.get(COOKIE)):
            return None
        return self._refuse()

    def _greet(self, request: Request) -> Response:
        if not self._is_it(request.query_params[PARAMETER]):
            return self._refuse()
        query = request.url.remove_query_params(PARAMETER).query
        answer = RedirectResponse(f"/?{query}" if query else "/", HTTPStatus.SEE_OTHER)
        answer.set_cookie(
            COOKIE,
            self._token,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer

    def _is_it(self, shown: str | None) -> bool:
        return shown is not None and hmac.compare_digest(shown.encode(), self._token.encode())

    @staticmethod
    def _refuse() -> Response:
        return problem(
            HTTPStatus.UNAUTHORIZED,
            "This server asks for its token. Open the address that firs serve printed, or send "
            "the header Authorization: Bearer TOKEN.",
            headers={"WWW-Authenticate": "Bearer"},
        )


def _bearer(request: Request) -> str | None:
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    return shown.strip() if scheme.lower() == "bearer" else None
