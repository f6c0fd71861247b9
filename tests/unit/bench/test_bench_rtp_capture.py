"""Figures of arriving packets, from a capture file as dumpcap writes it."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from bench.rtp_capture import arrivals_of, packets

_FILE_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 92, 1)
_LOUD, _SILENT = bytes(range(16)), b"\xff" * 16


def _record(at: float, port: int, sequence: int, payload: bytes, kind: int = 0) -> bytes:
    ip = bytes(12) + bytes((127, 0, 0, 1)) * 2
    udp = struct.pack(">HHHH", port, 9000, 0, 0)
    rtp = struct.pack(">BBHII", 0x80, kind, sequence & 0xFFFF, 0, 0) + payload
    frame = bytes(14) + ip + udp + rtp
    seconds, rest = divmod(round(at * 1e6), 1_000_000)
    return struct.pack("<IIII", seconds, rest, len(frame), 214) + frame


def _captured(tmp_path: Path, records: list[bytes]) -> Path:
    file = tmp_path / "capture.pcap"
    file.write_bytes(_FILE_HEADER + b"".join(records))
    return file


def test_gaps_losses_and_silence_are_counted_by_sender(tmp_path: Path) -> None:
    steady = [_record(at * 0.02, 5000, 65_530 + at, _LOUD) for at in range(101)]
    # One packet of this sender is lost, one is late, and one is silent.
    faulty = [
        _record(0.02 * at + (0.015 if at == 50 else 0.0), 5002, at, _SILENT if at == 9 else _LOUD)
        for at in range(100)
        if at != 30
    ]
    arrivals = arrivals_of(packets(_captured(tmp_path, steady + faulty)))
    assert (arrivals.senders, arrivals.packets, arrivals.lost, arrivals.silent) == (2, 200, 1, 1)
    assert arrivals.gap_p50_ms == pytest.approx(20.0, abs=0.1)
    assert arrivals.gap_max_ms == pytest.approx(40.0, abs=0.1)


def test_reordered_packets_are_not_lost(tmp_path: Path) -> None:
    order = [0, 1, 3, 2, 4]
    records = [_record(0.02 * at, 5000, sequence, _LOUD) for at, sequence in enumerate(order)]
    assert arrivals_of(packets(_captured(tmp_path, records))).lost == 0


def test_other_payloads_and_a_torn_end_are_left_out(tmp_path: Path) -> None:
    records = [_record(0.02 * at, 5000, at, _LOUD) for at in range(3)]
    file = _captured(tmp_path, [*records, _record(0.07, 5000, 9, _LOUD, kind=101), records[0][:20]])
    assert len(list(packets(file))) == 3


def test_nothing_is_an_error_and_not_a_good_figure(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no audio"):
        arrivals_of(packets(_captured(tmp_path, [])))
