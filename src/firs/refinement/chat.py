"""One client for language models: anything that speaks the OpenAI chat protocol.

Answers are read as they are written, so that one that is too long or too slow is given up early.
Every error is one line without a key in it. A client is closed by the code that made it.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from firs.errors import InputError, MissingExtra, RefinementError

if TYPE_CHECKING:
    from openai import OpenAI

BASE_URL, MODEL, KEY, TEMPERATURE = (
    "FIRS_LLM_BASE_URL",
    "FIRS_LLM_MODEL",
    "FIRS_LLM_KEY",
    "FIRS_LLM_TEMPERATURE",
)
OPENAI_KEY = "OPENAI_API_KEY"
OPENAI = "https://api.openai.com/v1"

MAX_CHARACTERS = 20_000
"""Length from which an answer is given up."""

MAX_TEMPERATURE = 2.0

TRIES = 3
_PAUSE = 1.0
"""Seconds before the next try if the server does not specify it."""

Message = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Settings:
    """A server that speaks the OpenAI chat protocol, and one of its models.

    Args:
        model: its name on the server.
        base_url: URL of the server with the version, such as ``http://localhost:11434/v1``.
        key: API key of the server; it is stored in memory only.
        temperature: 0 for the most likely answer; default 0.4, as in the paper.
        timeout: seconds until an answer is given up.
        patience: seconds that a server may require as pauses, in total, before the request fails.

    Raises:
        InputError: a number or the address is invalid.
    """

    model: str = ""
    base_url: str = OPENAI
    key: str = field(default="", repr=False)
    temperature: float = 0.4
    timeout: float = 30.0
    patience: float = 10.0

    def __post_init__(self) -> None:
        if not (isfinite(self.temperature) and 0 <= self.temperature <= MAX_TEMPERATURE):
            raise InputError(
                f"The temperature is from 0 to {MAX_TEMPERATURE}, not {self.temperature}."
            )
        if not (0 < self.timeout < float("inf") and 0 <= self.patience < float("inf")):
            raise InputError("Seconds to wait are above 0, and not without end.")
        address = urlsplit(self.base_url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise InputError(
                f"The address of a language model is like http://localhost:11434/v1, "
                f"not {self.base_url!r}; set {BASE_URL}."
            )
        if address.username or address.password or address.query:
            raise InputError(f"Set the key in {KEY}, never in an address.")

    @classmethod
    def of_environment(cls, environment: Mapping[str, str] | None = None, **given: Any) -> Self:
        """Return the settings of the environment; ``given`` values take precedence unless None.

        Raises:
            InputError: a value is invalid.
        """
        known = os.environ if environment is None else environment
        values: dict[str, Any] = {
            "model": known.get(MODEL),
            "base_url": known.get(BASE_URL),
            "key": known.get(KEY) or known.get(OPENAI_KEY),
        }
        try:
            values["temperature"] = float(known[TEMPERATURE]) if known.get(TEMPERATURE) else None
        except ValueError:
            raise InputError(
                f"{TEMPERATURE} is a number such as 0.4, not {known[TEMPERATURE]!r}."
            ) from None
        values |= {key: value for key, value in given.items() if value is not None}
        chosen = {key: value for key, value in values.items() if value not in (None, "")}
        return replace(cls(), **chosen)

    @property
    def host(self) -> str:
        """The host of the server, with its port if that is not the default one."""
        return urlsplit(self.base_url).netloc

    def require_complete(self) -> None:
        """Check that there is a model, and a key if the server certainly requires one.

        Raises:
            RefinementError: one of the two is missing.
        """
        if not self.model:
            raise RefinementError(f"No language model is named: set {MODEL}.")
        if not self.key and self.base_url == OPENAI:
            raise RefinementError(
                f"There is no key for {self.host}: set {KEY}, or {BASE_URL} for another server."
            )


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and its cost: tokens read and written, if the server reports them."""

    text: str
    read: int = 0
    written: int = 0


@dataclass
class Chat:
    """A client of one model on one server; it may be used from several threads at once.

    Its connections stay open from the first request until ``close``.

    Args:
        settings: the model and its server.
        sleep: waits some seconds.

    >>> with closing(Chat(settings)) as chat:  # doctest: +SKIP
    ...     reply = chat.complete([{"role": "user", "content": "Name a colour."}], tokens=10)
    """

    settings: Settings
    sleep: Callable[[float], None] = field(default=time.sleep)
    _client: "OpenAI | None" = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self.settings.require_complete()
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close all connections; a later request would open new ones."""
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = None

    def complete(
        self,
        messages: Sequence[Message],
        *,
        tokens: int,
        schema: Mapping[str, Any] | None = None,
    ) -> Reply:
        """Send messages and return the answer; a busy server is tried again.

        Args:
            messages: in the form of the protocol.
            tokens: maximum length of the answer.
            schema: the JSON schema of the answer; omitted if the server does not support schemas.

        Raises:
            RefinementError: there is no answer; the message gives the reason, in one line.
            MissingExtra: the client is not installed.
        """
        request: dict[str, Any] = {"messages": list(messages), "max_tokens": tokens}
        if schema is not None:
            named = {"name": "answer", "schema": dict(schema), "strict": True}
            request["response_format"] = {"type": "json_schema", "json_schema": named}
        client, waited = self._open(), 0.0
        for left in reversed(range(TRIES)):
            try:
                return self._request(client, request)
            except _SchemaError:
                request.pop("response_format")
            except _BusyError as busy:
                waited += busy.pause
                if not left or waited > self.settings.patience:
                    raise self._error(f"is busy or failing ({busy})") from None
                self.sleep(busy.pause)
        raise self._error("understood none of the forms of the request")

    def _request(self, client: "OpenAI", request: Mapping[str, Any]) -> Reply:
        """Send one request; every error of the client becomes one of ours."""
        import httpx2  # the client's own; an interrupted answer may raise its errors
        import openai

        try:
            return self._stream(client, request)
        except (openai.RateLimitError, openai.InternalServerError) as error:
            raise _BusyError(error) from None
        except openai.APIStatusError as error:
            if isinstance(error, openai.BadRequestError) and "response_format" in request:
                raise _SchemaError from None
            if error.status_code in (401, 403):
                raise self._error(f"refused the key; set another one: {KEY}") from None
            raise self._error(f"refused the request ({error.status_code})") from None
        except (openai.APITimeoutError, httpx2.TimeoutException):
            raise self._timeout() from None
        except (openai.OpenAIError, httpx2.HTTPError, OSError, ValueError) as error:
            raise self._error(f"broke off or cannot be reached ({_root_cause(error)})") from None

    def _stream(self, client: "OpenAI", request: Mapping[str, Any]) -> Reply:
        end = time.monotonic() + self.settings.timeout
        with client.chat.completions.create(
            model=self.settings.model,
            temperature=self.settings.temperature,
            stream=True,
            stream_options={"include_usage": True},
            **request,
        ) as stream:
            return self._join(stream, end)

    def _join(self, chunks: Iterable[Any], end: float) -> Reply:
        text, is_complete, usage = "", False, None
        for chunk in chunks:
            if time.monotonic() > end:
                raise self._timeout()
            usage = getattr(chunk, "usage", None) or usage
            for choice in chunk.choices or ():
                text += choice.delta.content or ""
                is_complete = is_complete or choice.finish_reason is not None
            if len(text) > MAX_CHARACTERS:
                raise self._error("answered without end; that is not used")
        if not is_complete:
            raise self._error("broke off in the middle of its answer")
        if not text.strip():
            raise self._error("gave an empty answer")
        read, written = (usage.prompt_tokens, usage.completion_tokens) if usage else (0, 0)
        return Reply(text, read or 0, written or 0)

    def _open(self) -> "OpenAI":
        """Return the one client of all threads."""
        with self._lock:
            if self._client is None:
                self._client = _make_client(self.settings)
            return self._client

    def _timeout(self) -> RefinementError:
        return self._error(f"gave no answer in {self.settings.timeout:g} s")

    def _error(self, what: str) -> RefinementError:
        name = f"The language model {self.settings.model} at {self.settings.host}"
        return RefinementError(f"{name} {what}.")


def _make_client(settings: Settings) -> "OpenAI":
    try:
        from openai import OpenAI
    except ImportError as error:
        raise MissingExtra("Language models", "llm") from error
    return OpenAI(
        base_url=settings.base_url,
        api_key=settings.key or "none",  # local servers do not check it
        timeout=settings.timeout,
        max_retries=0,
    )


class _SchemaError(Exception):
    """The server does not support a schema for the answer."""


class _BusyError(Exception):
    """The server may answer in ``pause`` seconds."""

    def __init__(self, error: Any) -> None:
        requested = error.response.headers.get("retry-after")
        self.pause = _parse_pause(requested)
        wait = "" if requested is None else f"; it requests a pause of {self.pause:g} s"
        super().__init__(f"{error.status_code}{wait}")


def _parse_pause(value: str | None) -> float:
    """Return the pause in seconds; a date or an invalid value counts as none."""
    try:
        seconds = float(value or "")
    except ValueError:
        return _PAUSE
    return seconds if 0 <= seconds < float("inf") else _PAUSE


def _root_cause(error: BaseException) -> str:
    """Return the type of the root cause; its message may quote what was sent."""
    while error.__cause__ is not None:
        error = error.__cause__
    return type(error).__name__
