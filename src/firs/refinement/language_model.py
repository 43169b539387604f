"""LLM: a language model that is asked for better queries, and whose answer is checked.

As in QT-FIRS's paper (Gemini 1.5 Flash, temperature 0.4), but the model sees which images fit and
which do not, gives alternatives in a fixed form, and only proposes.
"""

from dataclasses import dataclass

from firs.errors import RefinementError
from firs.refinement.answer import understood
from firs.refinement.base import RefinementRequest
from firs.refinement.chat import Chat
from firs.refinement.guards import keep_grounded
from firs.refinement.prompt import Answer, messages
from firs.refinement.settings import Settings
from firs.refinement.suggestion import Suggestion

_TOKENS = 800


@dataclass
class LanguageModel:
    """Any model that speaks the OpenAI chat protocol.

    Args:
        settings: which, and how.

    Raises:
        RefinementError: no model or no key is named.
    """

    settings: Settings

    def __post_init__(self) -> None:
        self._chat = Chat(self.settings)

    @property
    def sends(self) -> str:
        """The server."""
        return self.settings.host

    def close(self) -> None:
        """Close the connections to the server."""
        self._chat.close()

    def refine(self, asked: RefinementRequest) -> list[Suggestion]:
        """Two to four alternatives.

        Raises:
            RefinementError: the model gives none that can be used.
            MissingExtra: the client is not installed.
        """
        reply = self._chat.ask(messages(asked), tokens=_TOKENS, schema=Answer.model_json_schema())
        old = asked.text.strip().lower()
        new = [each for each in understood(reply.text) if each.text.strip().lower() != old]
        kept = keep_grounded(new, asked)
        if new and not kept:
            raise RefinementError(
                "The language model proposed what the images that fit do not share; that is not "
                "used."
            )
        return kept
