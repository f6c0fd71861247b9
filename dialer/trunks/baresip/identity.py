"""The caller identity of a call: number and display name exactly as registered.

A user agent of the stack is bound to one identity, so From and Contact can only ever carry what
was checked here; nothing is set through custom headers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from dialer.errors import TrunkError

_NUMBER = re.compile(r"\+?[0-9*#]{1,32}")
_HOST = re.compile(r"[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]")
_TRANSPORTS = frozenset({"udp", "tcp", "tls"})
_NOT_IN_NAME = frozenset('"\\<>;')
_CODECS = "pcma,pcmu"
"""PCMA first: the codec of the Chinese telephone network (ITU-T G.711 A-law)."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who calls, through whom: one user agent of the stack."""

    number: str
    name: str
    host: str
    transport: str
    username: str = ""
    password: str = field(default="", repr=False)

    def address_of_record(self) -> str:
        """Return the stack's account line. Holds the password: never log it.

        Raises TrunkError when a value could not travel unchanged.
        """
        self._check()
        name = f'"{self.name}" ' if self.name else ""
        auth = ""
        if self.username:
            auth = f';auth_user={self.username};auth_pass="{self.password}"'
        return (
            f"{name}<sip:{self.number}@{self.host};transport={self.transport}>"
            f"{auth};regint=0;answermode=manual;audio_codecs={_CODECS};dtmfmode=rtpevent"
        )

    def _check(self) -> None:
        if not _NUMBER.fullmatch(self.number):
            raise TrunkError(
                "the caller number may hold digits, + * # only: correct it in the registry"
            )
        if any(char in _NOT_IN_NAME or not char.isprintable() for char in self.name):
            raise TrunkError(
                'the display name may not hold " \\ < > ; or control characters: '
                "correct it in the registry"
            )
        if not _HOST.fullmatch(self.host) or self.transport not in _TRANSPORTS:
            raise TrunkError("the trunk's host or transport is not valid: correct the trunk")
        for value in (self.username, self.password):
            if any(char in '"\\<>;' or not char.isprintable() for char in value):
                raise TrunkError(
                    "the trunk's user name and password may not hold \" \\ < > ; : change them"
                )


def request_uri(number: str, host: str, port: int, transport: str) -> str:
    """Return the URI to dial. Raises TrunkError when the number is not dialable."""
    if not _NUMBER.fullmatch(number):
        raise TrunkError("the number to dial may hold digits, + * # only: correct the contact")
    user = number.replace("#", "%23")
    return f"sip:{user}@{host}:{port};transport={transport}"
