"""Saved sessions: at a glance, and from a file."""

from typing import Any

from firs.errors import InputError
from firs.pictures import decode
from firs.query import ImageTerm
from firs.search import load_strategy
from firs.session import Session
from firs.session.document import query_from_json
from firs.web.names import readable
from firs.web.shelf import OpenCollection
from firs.web.telling import SavedSessionResponse
from firs.web.values import MOST_ROUNDS, MOST_TERMS

MOST_EVENTS = 10_000


def saved_sessions(held: OpenCollection) -> list[SavedSessionResponse]:
    """Return the saved sessions of a collection, most recently changed first."""
    return [
        SavedSessionResponse(
            id=record.id,
            told=readable(str(query_from_json(record.document))),
            created_at=record.created_at,
            changed_at=record.changed_at,
            rounds=record.rounds,
        )
        for record in held.collection.sessions.records()
    ]


def replay_document(held: OpenCollection, document: dict[str, Any]) -> Session:
    """Replay an exported session.

    Raises:
        InputError: it is no session, or its events are inconsistent.
        ImageError: an image in it cannot be read.
        EncoderMismatch: it was made with other weights.
    """
    _require_bounds(document)
    try:
        _require_usable(document)
        held.require_encoder(document.get("encoder"))
        return Session.replay(held.collection, document)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"This file holds no session that can be read ({error}).") from error


def _require_bounds(document: dict[str, Any]) -> None:
    terms, events = document.get("terms"), document.get("events", [])
    if not isinstance(terms, list) or not isinstance(events, list):
        raise InputError("This is no session that QT-FIRS wrote; export one first.")
    steps = sum(isinstance(each, dict) and each.get("kind") == "next" for each in events)
    if len(terms) > MOST_TERMS or len(events) > MOST_EVENTS or steps > MOST_ROUNDS:
        raise InputError(
            f"A session has at most {MOST_TERMS} terms, {MOST_ROUNDS} rounds and "
            f"{MOST_EVENTS:,} events."
        )


def _require_usable(document: dict[str, Any]) -> None:
    """Check the parts that replaying ignores but later use of the session needs."""
    load_strategy(str(document.get("way")))
    for term in query_from_json(document).examples:
        if isinstance(term.what, ImageTerm) and isinstance(term.what.example, bytes):
            decode(term.what.example)
