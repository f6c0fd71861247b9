"""Several dialers on one machine take ports of their own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from api.settings import ServiceSettings
from api.supervisor.service import service_programs
from dialer.settings import DialerSettings


@given(dialers=st.integers(1, 16), first=st.integers(500, 10_000), size=st.integers(64, 5000))
def test_no_port_is_anybody_elses(dialers: int, first: int, size: int) -> None:
    whole = (2 * first, 2 * first + size)
    taken: set[int] = set()
    for number in range(1, dialers + 1):
        settings = DialerSettings(dialers=dialers, dialer_number=number, rtp_ports=whole)
        begin, end = settings.runtime_options().rtp_ports
        ours = set(range(begin, end + 1))
        assert begin % 2 == 0
        assert whole[0] <= begin < end <= whole[1]
        assert not ours & taken
        taken |= ours


def test_one_dialer_has_the_whole_range() -> None:
    assert DialerSettings().runtime_options().rtp_ports == (20000, 29999)


def test_the_supervisor_and_the_dialer_agree_on_the_sip_ports() -> None:
    programs = service_programs(ServiceSettings(dialers=3, sip_port=6000), ((), {}))
    dialers = [program for program in programs if program.name.startswith("dialer")]
    assert [program.name for program in dialers] == ["dialer", "dialer-2", "dialer-3"]
    for number, program in enumerate(dialers, start=1):
        settings = DialerSettings(sip_port=6000, dialers=3, dialer_number=number)
        assert program.environment["OUTBOUND_DIALER_NUMBER"] == str(number)
        assert program.ports[0].number == settings.runtime_options().port


def test_every_program_but_the_database_is_watched_for_hanging() -> None:
    programs = service_programs(ServiceSettings(), ((), {}))
    assert [each.name for each in programs if each.hung_after_s is None] == ["database"]
