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
USUAL_KEY = "OPENAI_API_KEY"
OPENAI = "https://api.openai.com/v1"

_HOTTEST = 2.0


@dataclass(frozen=True, slots=True)
class Settings:
    """A server that speaks the OpenAI chat protocol, and a model of it.

    Args:
        model: its name, as the server knows it.
        base_url: where the server is, with its version: ``http://localhost:11434/v1``.
        key: the server's key; it is kept in memory, and written nowhere.
        temperature: 0 for the likeliest answer; the paper's 0.4.
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
        if not (isfinite(self.temperature) and 0 <= self.temperature <= _HOTTEST):
            raise InputError(f"The temperature is from 0 to {_HOTTEST}, not {self.temperature}.")
        if not (0 < self.timeout < float("inf") and 0 <= self.patience < float("inf")):
            raise InputError("Seconds to wait are above 0, and not without end.")
        address = urlsplit(self.base_url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise InputError(
                f"The address of a language model is like http://localhost:11434/v1, "
                f"not {self.base_url!r}; set {BASE_URL}."
            )
        if address.username or address.password or address.query:
            raise InputError(f"A key stands in {KEY}, never in an address.")

    @classmethod
    def of_environment(cls, environment: Mapping[str, str] | None = None, **given: Any) -> Self:
        """What the environment names; what is ``given`` and not None comes first.

        Raises:
            InputError: a value named there is invalid.
        """
        known = os.environ if environment is None else environment
        named = {
            "model": known.get(MODEL),
            "base_url": known.get(BASE_URL),
            "key": known.get(KEY) or known.get(USUAL_KEY),
            "temperature": _number(known.get(TEMPERATURE)),
        }
        chosen = named | {key: value for key, value in given.items() if value is not None}
        return replace(
            cls(), **{key: value for key, value in chosen.items() if value not in (None, "")}
        )

    @property
    def host(self) -> str:
        """The host of the server, with its port if that is not the usual one."""
        return urlsplit(self.base_url).netloc

    def require_whole(self) -> None:
        """Check that a model is named, and a key if the server certainly requires one.

        Raises:
            RefinementError: one of the two is missing.
        """
        if not self.model:
            raise RefinementError(f"No language model is named: set {MODEL}.")
        if not self.key and self.base_url == OPENAI:
            raise RefinementError(
                f"There is no key for {self.host}: set {KEY}, or {BASE_URL} for another server."
            )


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise InputError(f"{TEMPERATURE} is a number such as 0.4, not {text!r}.") from None


Message = Mapping[str, Any]

MOST_CHARACTERS = 20_000
"""An answer that is longer is given up."""

TRIES = 3
_PAUSE = 1.0
"""Seconds before the next try where the server does not say how many."""


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
        settings: which model, and how to reach it.
        sleep: waits some seconds.

    >>> with closing(Chat(settings)) as chat:  # doctest: +SKIP
    ...     reply = chat.ask([{"role": "user", "content": "Name a colour."}], tokens=10)
    """

    settings: Settings
    sleep: Callable[[float], None] = field(default=time.sleep)
    _client: "OpenAI | None" = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self.settings.require_whole()
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close all connections; a later request would open new ones."""
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = None

    def ask(
        self,
        messages: Sequence[Message],
        *,
        tokens: int,
        schema: Mapping[str, Any] | None = None,
    ) -> Reply:
        """Send some messages and return the answer.

        Args:
            messages: as the protocol has them.
            tokens: how long the answer may be.
            schema: the JSON schema that the answer must follow.

        Raises:
            RefinementError: there is no answer; the message gives the reason, in one line.
            MissingExtra: the client is not installed.
        """
        request: dict[str, Any] = {"messages": list(messages), "max_tokens": tokens}
        if schema is not None:
            named = {"name": "answer", "schema": dict(schema), "strict": True}
            request["response_format"] = {"type": "json_schema", "json_schema": named}
        return self._request(request)

    def _request(self, request: dict[str, Any]) -> Reply:
        """Try until there is an answer, or no more patience."""
        client = self._open()
        waited = 0.0
        for left in reversed(range(TRIES)):
            try:
                return self._reply(client, request)
            except _FormError:
                request = {key: request[key] for key in request if key != "response_format"}
            except _BusyError as busy:
                waited += busy.pause
                if not left or waited > self.settings.patience:
                    raise self._busy(busy) from None
                self.sleep(busy.pause)
        raise RefinementError(f"{self._name} understood none of the forms it was asked in.")

    def _reply(self, client: "OpenAI", request: Mapping[str, Any]) -> Reply:
        """Return the answer to one request, or raise an error with the reason."""
        import httpx2  # the client's own; what breaks in mid-answer may come from it
        import openai

        try:
            return self._read(client, request)
        except (openai.RateLimitError, openai.InternalServerError) as error:
            raise _BusyError(error) from None
        except openai.APIStatusError as error:
            if isinstance(error, openai.BadRequestError) and "response_format" in request:
                raise _FormError from None
            raise self._refusal(error) from None
        except (openai.APITimeoutError, httpx2.TimeoutException):
            raise self._too_slow() from None
        except (openai.OpenAIError, httpx2.HTTPError, OSError, ValueError) as error:
            raise RefinementError(
                f"{self._name} broke off or cannot be reached ({_cause(error)})."
            ) from None

    def _read(self, client: "OpenAI", request: Mapping[str, Any]) -> Reply:
        settings = self.settings
        end = time.monotonic() + settings.timeout
        with client.chat.completions.create(
            model=settings.model,
            temperature=settings.temperature,
            stream=True,
            stream_options={"include_usage": True},
            **request,
        ) as stream:
            return self._together(stream, end)

    def _together(self, chunks: Iterable[Any], end: float) -> Reply:
        parts: list[str] = []
        size, ended, usage = 0, False, None
        for chunk in chunks:
            if time.monotonic() > end:
                raise self._too_slow()
            usage = getattr(chunk, "usage", None) or usage
            for choice in chunk.choices or ():
                part = choice.delta.content or ""
                size += len(part)
                parts.append(part)
                ended = ended or choice.finish_reason is not None
            if size > MOST_CHARACTERS:
                raise RefinementError(f"{self._name} answered without end; that is not used.")
        if not ended:
            raise RefinementError(f"{self._name} broke off in the middle of its answer.")
        if not "".join(parts).strip():
            raise RefinementError(f"{self._name} gave an empty answer.")
        read, written = (usage.prompt_tokens, usage.completion_tokens) if usage else (0, 0)
        return Reply("".join(parts), read or 0, written or 0)

    def _open(self) -> "OpenAI":
        """Return the one client of all threads."""
        with self._lock:
            if self._client is None:
                self._client = _make_client(self.settings)
            return self._client

    @property
    def _name(self) -> str:
        return f"The language model {self.settings.model} at {self.settings.host}"

    def _too_slow(self) -> RefinementError:
        return RefinementError(f"{self._name} gave no answer in {self.settings.timeout:g} s.")

    def _busy(self, busy: "_BusyError") -> RefinementError:
        wish = f" and asks to be left alone for {busy.pause:g} s" if busy.asks else ""
        return RefinementError(f"{self._name} is busy or failing ({busy.status}){wish}.")

    def _refusal(self, error: Any) -> RefinementError:
        if error.status_code in (401, 403):
            return RefinementError(f"{self._name} refused the key; set another one: {KEY}.")
        return RefinementError(f"{self._name} refused the request ({error.status_code}).")


def _make_client(settings: Settings) -> "OpenAI":
    try:
        from openai import OpenAI
    except ImportError as error:
        raise MissingExtra("Language models", "llm") from error
    return OpenAI(
        base_url=settings.base_url,
        api_key=settings.key or "none",  # servers on one's own machine check none
        timeout=settings.timeout,
        max_retries=0,
    )


class _FormError(Exception):
    """The server does not know how to answer by a schema."""


class _BusyError(Exception):
    """The server may answer later: in ``pause`` seconds; ``asks`` if it requested that."""

    def __init__(self, error: Any) -> None:
        super().__init__()
        told = error.response.headers.get("retry-after")
        self.status = error.status_code
        self.asks = told is not None
        self.pause = _seconds(told)


def _seconds(told: str | None) -> float:
    """Return the pause; a date or an invalid value counts as none."""
    try:
        seconds = float(told or "")
    except ValueError:
        return _PAUSE
    return seconds if 0 <= seconds < float("inf") else _PAUSE


def _cause(error: BaseException) -> str:
    """Return the root cause, by kind: messages may quote what was sent."""
    while error.__cause__ is not None:
        error = error.__cause__
    return type(error).__name__
