"""Waiting for the person's turn: words, keys, or nothing for too long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import Enum, auto

from dialer.turns.keys import KeyInput
from dialer.turns.utterance import Words
from dialogs.ports import Keyed, Listen, NoInput

_LOOK_AGAIN_S = 0.1
_CLOCK_GRAIN_S = 0.001


class _Stir(Enum):
    """Why a listener looks again."""

    KEY = auto()
    GONE = auto()


class Listening:
    """Who has the floor, and what was said or pressed on it.

    `busy` tells whether somebody is speaking or not yet understood; `on_aside` gets words that
    were said while the floor was the bot's.
    """

    def __init__(self, busy: Callable[[], bool], on_aside: Callable[[Words], None]) -> None:
        self._busy = busy
        self._on_aside = on_aside
        self._inbox: asyncio.Queue[Words | _Stir] = asyncio.Queue()
        self._keys = KeyInput()
        self._open = False
        self._gone = False

    def open(self) -> None:
        """What the person says from now on is a turn."""
        self._open = True

    def close(self) -> None:
        """The bot has the floor."""
        self._open = False

    def on_words(self, words: Words) -> None:
        """Take an utterance that is over."""
        if self._open:
            self._inbox.put_nowait(words)
        else:
            self._on_aside(words)

    def on_key(self, digit: str) -> None:
        """Take a key, whoever has the floor."""
        self._keys.press(digit, _loop_time())
        self._inbox.put_nowait(_Stir.KEY)

    def leave(self) -> None:
        """The person is gone: `turn` gives what is left and then None."""
        self._gone = True
        self._inbox.put_nowait(_Stir.GONE)

    async def turn(self, listen: Listen) -> Words | Keyed | NoInput | None:
        """Return the person's turn; None when they are gone and nothing is left."""
        self.open()
        try:
            return await self._turn(listen, _loop_time() + listen.no_input_s)
        finally:
            self.close()
            self._set_aside_rest()

    def _set_aside_rest(self) -> None:
        """What was said beside the turn must not answer the next question."""
        while not self._inbox.empty():
            item = self._inbox.get_nowait()
            if isinstance(item, Words):
                self._on_aside(item)

    async def _turn(self, listen: Listen, deadline: float) -> Words | Keyed | NoInput | None:
        while True:
            digits = self._keys.complete(_loop_time(), listen.max_digits)
            if digits is not None:
                return Keyed(digits)
            if self._gone and self._inbox.empty():
                return None
            wait_s = deadline - _loop_time()
            due = wait_s < _CLOCK_GRAIN_S
            if self._keys.begun or (due and self._busy()):
                wait_s = _LOOK_AGAIN_S
            elif due:
                return NoInput()
            try:
                item = await asyncio.wait_for(self._inbox.get(), wait_s)
            except TimeoutError:
                continue
            if isinstance(item, Words):
                return item


def _loop_time() -> float:
    return asyncio.get_running_loop().time()
