"""OPTIONS against peers nobody here wrote: who is alive, who says no, who is silent."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Literal

import pytest

from campaigns.attempt import TrunkAddress
from dialer.trunks.options_ping import ping
from tests.peers.kamailio import Kamailio, needs_kamailio
from tests.peers.ports import free_port
from tests.peers.sipp import Sipp, needs_sipp

_TRANSPORTS: list[Literal["udp", "tcp"]] = ["udp", "tcp"]


@needs_sipp
@pytest.mark.parametrize("transport", _TRANSPORTS)
@pytest.mark.parametrize(
    ("code", "phrase", "alive"),
    [
        (200, "OK", True),
        (404, "Not Found", True),
        (401, "Unauthorized", True),
        (503, "Unavailable", False),
    ],
)
async def test_any_answer_but_503_is_life(
    tmp_path: Path, transport: Literal["udp", "tcp"], code: int, phrase: str, alive: bool
) -> None:
    keys = {"code": str(code), "phrase": phrase}
    async with Sipp("options", tmp_path, keys, transport=transport) as peer:
        pong = await ping(TrunkAddress("t", "127.0.0.1", peer.port, transport=transport))
        assert (pong.alive, pong.code, pong.reason) == (alive, code, phrase)
        assert 0 < pong.took_s < 2
        assert await peer.succeeded(), peer.complaints()


@needs_kamailio
@pytest.mark.parametrize("transport", _TRANSPORTS)
async def test_a_proxy_answers(tmp_path: Path, transport: str) -> None:
    async with Kamailio(tmp_path) as proxy:
        straight = TrunkAddress("t", "127.0.0.1", proxy.port, transport=transport)
        assert (await ping(straight)).alive
        through = TrunkAddress(
            "t", "trunk.invalid", 5060, transport, outbound_proxy=f"127.0.0.1:{proxy.port}"
        )
        assert (await ping(through, local_host="127.0.0.1")).code == 200


async def test_a_silent_trunk_is_asked_again_and_then_given_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.setblocking(False)
        pong = await ping(TrunkAddress("t", *silent.getsockname()), timeout_s=1.2)
        asked = [silent.recv(2048) for _ in range(2)]
    assert (pong.alive, pong.code, pong.reason) == (False, None, "no response within 1.2 s")
    assert asked[0] == asked[1], "a retransmission is the same request"


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
async def test_a_closed_port_is_told_at_once(transport: str) -> None:
    pong = await ping(TrunkAddress("t", "127.0.0.1", free_port(), transport=transport))
    assert (pong.alive, pong.code) == (False, None)
    assert pong.took_s < 1


async def test_a_name_without_an_address_is_a_dead_trunk() -> None:
    pong = await ping(TrunkAddress("t", "trunk.invalid", 5060), timeout_s=3)
    assert (pong.alive, pong.code) == (False, None)
