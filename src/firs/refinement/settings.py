"""Which language model is asked, and how: by options, or else by the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any, Self
from urllib.parse import urlsplit

from firs.errors import InputError, RefinementError

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
        key: what the server asks for; it is kept in memory, and written nowhere.
        temperature: 0 for the likeliest answer; the paper's 0.4.
        timeout: seconds until an answer is given up.
        patience: seconds that a server may ask to be left alone, all told, before it is given up.

    Raises:
        InputError: a number or the address cannot be meant.
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
            InputError: something named there cannot be meant.
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
        """The machine that is asked, with its port if that is not the usual one."""
        return urlsplit(self.base_url).netloc

    def require_whole(self) -> None:
        """Make sure that a model is named, and a key where the server surely asks for one.

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
