"""Which trunks a number may go out over, and in what order."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.errors import InvalidInput
from campaigns.routing import Route, candidates
from campaigns.trunk import Trunk
from campaigns.trunk_rule import check

NUMBER = "8613800138000"
LOCAL = "867715551234"
A = Trunk("a", "192.0.2.1", 5060, 10)
B = Trunk("b", "192.0.2.2", 5060, 10)
C = Trunk("c", "192.0.2.3", 5060, 10)


def names(route: Route, trunks: list[Trunk], number: str = NUMBER, seed: object = 1) -> list[str]:
    return [trunk.name for trunk in candidates(route, trunks, number, seed)]


def test_an_ordered_list_is_tried_in_its_order() -> None:
    assert names(Route(("b", "a")), [A, B, C]) == ["b", "a"]


def test_the_longest_prefix_wins_and_the_rest_follow() -> None:
    south = replace(C, prefixes=("86771",))
    country = replace(B, prefixes=("86", "8610"))
    route = Route(("a", "b", "c"))
    assert names(route, [A, country, south], LOCAL) == ["c", "b", "a"]
    assert names(route, [A, country, south]) == ["b", "a"]


def test_a_number_nobody_takes_has_no_trunk() -> None:
    assert names(Route(("a",)), [replace(A, prefixes=("86771",))]) == []


def test_a_group_goes_by_priority() -> None:
    group = [
        replace(A, group="g", priority=2), replace(B, group="g"), replace(C, group="other"),
    ]  # fmt: skip
    assert names(Route(("a",), "g"), group) == ["b", "a"]


def test_weights_share_the_calls_out() -> None:
    group = [replace(A, group="g", weight=3), replace(B, group="g")]
    firsts = Counter(names(Route(("a",), "g"), group, seed=seed)[0] for seed in range(2000))
    assert 0.70 < firsts["a"] / 2000 < 0.80


def test_rehearsals_and_real_trunks_are_never_mixed() -> None:
    rehearsal = Trunk("r", "127.0.0.1", 5090, 10, rehearsal=True)
    assert names(Route(("r", "a")), [A, rehearsal]) == ["r"]
    assert names(Route(("a", "r")), [A, rehearsal]) == ["a"]


@given(
    prefixes=st.lists(st.text("0123456789", min_size=1, max_size=4), max_size=4),
    number=st.text("0123456789", min_size=3, max_size=15),
    seed=st.integers(),
)
def test_whatever_the_prefixes_each_trunk_comes_once_and_takes_the_number(
    prefixes: list[str], number: str, seed: int
) -> None:
    trunks = [A, replace(B, prefixes=tuple(prefixes)), replace(C, prefixes=tuple(prefixes[:1]))]
    route = Route(("a", "b", "c"))
    found = candidates(route, trunks, number, seed)
    assert found == candidates(route, list(reversed(trunks)), number, seed)
    assert len({trunk.name for trunk in found}) == len(found)
    for trunk in found:
        assert not trunk.prefixes or any(number.startswith(each) for each in trunk.prefixes)
    missing = {trunk.name for trunk in trunks} - {trunk.name for trunk in found}
    for trunk in trunks:
        if trunk.name in missing:
            assert trunk.prefixes
            assert not any(number.startswith(each) for each in trunk.prefixes)


def test_a_number_is_dialled_as_the_trunk_wants_it() -> None:
    national = replace(A, strip_digits=2, dial_prefix="0")
    assert national.dialled(NUMBER) == "013800138000"
    assert national.dialled("12366") == "12366"
    assert A.dialled(NUMBER) == NUMBER


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"name": "Carrier A"}, "name"),
        ({"host": "a b"}, "host"),
        ({"port": 0}, "port"),
        ({"max_calls": 0}, "max_calls"),
        ({"transport": "sctp"}, "transport"),
        ({"outbound_proxy": "sbc:99999"}, "outbound_proxy"),
        ({"outbound_proxy": "sip:sbc"}, "outbound_proxy"),
        ({"rehearsal": True}, "rehearsal"),
        ({"calls_per_second": 0.0}, "calls_per_second"),
        ({"options_every_s": 1}, "options_every_s"),
        ({"password": "geheim"}, "username"),
        ({"username": "u;x"}, "username"),
        ({"registration": True}, "username"),
        ({"register_expiry_s": 5}, "register_expiry_s"),
        ({"srtp": "on"}, "srtp"),
        ({"tls_verify": False}, "tls_verify"),
        ({"tls_ca_file": "/etc/ca.pem"}, "tls_ca_file"),
        ({"codecs": ()}, "codecs"),
        ({"codecs": ("pcma", "pcma")}, "codecs"),
        ({"codecs": ("g729",)}, "codecs"),
        ({"group": "G G"}, "group"),
        ({"priority": 0}, "priority"),
        ({"weight": 0}, "weight"),
        ({"prefixes": ("+86",)}, "prefixes"),
        ({"strip_digits": 9}, "strip_digits"),
        ({"dial_prefix": "x"}, "dial_prefix"),
        ({"driver": "asterisk"}, "driver"),
        ({"driver": "pyvoip", "transport": "tls"}, "transport"),
        ({"driver": "pyvoip", "codecs": ("g722",)}, "codecs"),
        ({"driver": "pyvoip", "srtp": "sdes"}, "srtp"),
        ({"driver": "pyvoip", "codecs": ("pcma",)}, "codecs"),
        ({"driver": "pyvoip", "registration": True, "username": "u"}, "registration"),
        ({"driver": "pyvoip", "outbound_proxy": "192.0.2.9"}, "outbound_proxy"),
        ({"driver": "pyvoip", "max_calls": 26}, "max_calls"),
    ],
)
def test_a_mistake_is_named_with_its_field(changes: dict[str, object], column: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check(replace(A, **changes))
    assert column in {problem.column for problem in caught.value.problems}
    assert "geheim" not in str(caught.value)


def test_a_full_trunk_is_fine() -> None:
    check(
        Trunk(
            "carrier", "sip.example.cn", 5061, 30, "tls", "user", "secret", registration=True,
            realm="example.cn", outbound_proxy="sbc.example.cn:5061", srtp="sdes",
            codecs=("pcma", "pcmu", "g722", "opus"), tls_ca_file="/etc/ssl/ca.pem",
            calls_per_second=2.5, group="carriers", prefixes=("86771",), strip_digits=2,
            dial_prefix="0", options_every_s=0,
        )
    )  # fmt: skip
