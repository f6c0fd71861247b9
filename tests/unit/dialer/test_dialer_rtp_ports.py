"""The range of audio ports is read from the environment as people write it."""

from __future__ import annotations

import pytest

from dialer.settings import DialerSettings


def test_a_range_is_written_with_a_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTBOUND_RTP_PORTS", "21000-21399")
    assert DialerSettings().rtp_ports == (21000, 21399)


def test_anything_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTBOUND_RTP_PORTS", "21000")
    with pytest.raises(ValueError, match="rtp_ports"):
        DialerSettings()
