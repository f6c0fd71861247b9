"""The accounts of the stack: who calls or registers, through which trunk, exactly as checked.

A user agent of the stack is bound to one identity, so From and Contact can only ever carry what
was checked here; nothing is set through custom headers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from campaigns.attempt import TrunkAddress
from dialer.errors import TrunkError

_NUMBER = re.compile(r"\+?[0-9*#]{1,32}")
_USER = re.compile(r"[A-Za-z0-9+*#._~!$&'()=-]{1,64}")
_HOST = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")
_HOP = re.compile(rf"(?:{_HOST.pattern})(?::[0-9]{{1,5}})?")
_TRANSPORTS = frozenset({"udp", "tcp", "tls"})
_NOT_IN_NAME = frozenset('"\\<>;')
_CODECS = {"pcma": "pcma", "pcmu": "pcmu", "g722": "g722/16000/1", "opus": "opus/48000/2"}
"""The stack's names: codecs of other rates than 8000 Hz are named with rate and channels."""
_ENCRYPTION = {"off": "", "sdes": "srtp-mand", "dtls": "dtls_srtp"}
"""RFC 4568 and RFC 5764; both are demanded of the far end, never merely offered."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who calls, through which trunk: one user agent of the stack."""

    number: str
    name: str
    trunk: TrunkAddress

    def address_of_record(self) -> str:
        """Return the stack's account line. Holds the password: never log it.

        Raises TrunkError when a value could not travel unchanged.
        """
        if not _NUMBER.fullmatch(self.number):
            raise TrunkError(
                "the caller number may hold digits, + * # only: correct it in the registry"
            )
        if any(char in _NOT_IN_NAME or not char.isprintable() for char in self.name):
            raise TrunkError(
                'the display name may not hold " \\ < > ; or control characters: '
                "correct it in the registry"
            )
        name = f'"{self.name}" ' if self.name else ""
        return f"{name}{_account(self.number, self.trunk, self._first_hop())};regint=0"

    def _first_hop(self) -> str:
        """Where requests go first, when that is not the address they are for."""
        trunk = self.trunk
        return trunk.outbound_proxy or (f"{trunk.host}:{trunk.port}" if trunk.realm else "")


def registering_account(trunk: TrunkAddress) -> str:
    """Return the account line that registers a trunk's user. Holds the password: never log it.

    Raises TrunkError when a value could not travel unchanged.
    """
    if not _USER.fullmatch(trunk.username):
        raise TrunkError("registration needs a user name of letters, digits and . _ - +: name one")
    first_hop = trunk.outbound_proxy or f"{trunk.host}:{trunk.port}"
    return f"{_account(trunk.username, trunk, first_hop)};regint={trunk.register_expiry_s}"


def request_uri(number: str, trunk: TrunkAddress) -> str:
    """Return the URI to dial. Raises TrunkError when the number is not dialable."""
    if not _NUMBER.fullmatch(number):
        raise TrunkError("the number to dial may hold digits, + * # only: correct the contact")
    user = number.replace("#", "%23")
    place = trunk.realm or f"{trunk.host}:{trunk.port}"
    return f"sip:{user}@{place};transport={trunk.transport}"


def _account(user: str, trunk: TrunkAddress, first_hop: str) -> str:
    _check(trunk)
    fields = [f"<sip:{user}@{trunk.realm or trunk.host};transport={trunk.transport}>"]
    if trunk.username:
        fields.append(f'auth_user={trunk.username};auth_pass="{trunk.password}"')
    if first_hop:
        fields.append(f'outbound="sip:{first_hop};transport={trunk.transport}"')
    if _ENCRYPTION[trunk.srtp]:
        fields.append(f"mediaenc={_ENCRYPTION[trunk.srtp]}")
    codecs = ",".join(_CODECS[codec] for codec in trunk.codecs)
    fields.append(f"answermode=manual;audio_codecs={codecs};dtmfmode=rtpevent")
    return ";".join(fields)


def _check(trunk: TrunkAddress) -> None:
    places_valid = (
        _HOST.fullmatch(trunk.host)
        and (not trunk.realm or _HOST.fullmatch(trunk.realm))
        and (not trunk.outbound_proxy or _HOP.fullmatch(trunk.outbound_proxy))
    )
    if not places_valid or trunk.transport not in _TRANSPORTS:
        raise TrunkError("the trunk's host, realm, proxy or transport is not valid: correct it")
    for value in (trunk.username, trunk.password):
        if any(char in '"\\<>;' or not char.isprintable() for char in value):
            raise TrunkError(
                "the trunk's user name and password may not hold \" \\ < > ; : change them"
            )
    if trunk.srtp not in _ENCRYPTION or not trunk.codecs or not set(trunk.codecs) <= set(_CODECS):
        raise TrunkError(
            f"the trunk's srtp must be one of {', '.join(_ENCRYPTION)}, its codecs of "
            f"{', '.join(_CODECS)}: correct the trunk"
        )
    if not trunk.tls_verify:
        raise TrunkError(
            "certificates are always verified: give the trunk's own certificate as tls_ca_file"
        )
