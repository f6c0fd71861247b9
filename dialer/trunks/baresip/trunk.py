"""A SIP trunk reached through the embedded stack."""

from __future__ import annotations

from campaigns.attempt import TrunkAddress
from dialer.errors import TrunkNotRegistered
from dialer.ports import DialRequest
from dialer.trunks.baresip.identity import Identity, request_uri
from dialer.trunks.baresip.leg import BaresipLeg
from dialer.trunks.baresip.registration import RegistrationState
from dialer.trunks.baresip.runtime import BaresipRuntime

CAPABILITIES = frozenset(
    {"early_media", "cancel", "sip_code", "q850", "dtmf_tx", "refer", "headers", "srtp"}
)


class BaresipTrunk:
    """A `Trunk`. The stack chooses the Call-ID itself: `Trying` tells the one that was sent,
    `DialRequest.sip_call_id` is not used."""

    capabilities = CAPABILITIES

    def __init__(self, runtime: BaresipRuntime, address: TrunkAddress) -> None:
        self._runtime = runtime
        self._address = address
        self.name = address.name
        self.max_calls = address.max_calls

    async def dial(self, request: DialRequest) -> BaresipLeg:
        """Start a call, registered first where the trunk asks for it. Raises TrunkError when the
        request or the trunk is malformed, not registered or has no route, SipThreadDied when
        this process can place no calls any more."""
        address = self._address
        identity = Identity(request.caller_number, request.caller_name, address)
        uri = request_uri(request.number, address)
        if address.registration:
            held = await self._runtime.register(address)
            if held.state is not RegistrationState.REGISTERED:
                raise TrunkNotRegistered(
                    f"the trunk {address.name} is not registered "
                    f"({held.code or ''} {held.reason}): check its account and the registrar"
                )
        return await self._runtime.dial(identity, uri, dict(request.headers))
