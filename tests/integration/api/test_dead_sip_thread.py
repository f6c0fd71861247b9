"""A dialer whose SIP thread dies leaves with exit code 3 and is started again."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import pytest

from api.supervisor.program import Program
from api.supervisor.restart import RestartPolicy
from api.supervisor.service import READY_ENTRY
from api.supervisor.supervisor import ProgramState, Supervisor
from campaigns.attempt import TrunkAddress
from dialer.trunks.options_ping import ping
from tests.integration.api.test_supervisor import running, until
from tests.peers.ports import free_port
from tts_asr.errors import SpeechError
from tts_asr.recognizers import load_recognizer
from tts_asr.settings import SpeechSettings
from tts_asr.voices import load_synthesizer

_DYING = """
    import ctypes, pathlib
    from baresip import _native
    import dialer.main as process
    from dialer.trunks.baresip.stack_library import StackLibrary

    once = pathlib.Path({once!r})
    real = StackLibrary._packet

    def packet(library, *about):
        # On the SIP thread: libre's own end of its loop, as after an error in it.
        if not once.exists():
            once.touch()
            ctypes.CDLL(_native.__file__).re_cancel()
        real(library, *about)

    StackLibrary._packet = packet
    process.main(calls=1, show_settings=False)
"""


def _speech_is_here() -> bool:
    try:
        load_recognizer(SpeechSettings())
        load_synthesizer(SpeechSettings())
    except SpeechError:
        return False
    return True


@pytest.mark.timeout(120)
async def test_a_dialer_without_its_sip_thread_is_started_again(
    database_url: str, tmp_path: Path
) -> None:
    if not _speech_is_here():
        pytest.skip("no recogniser or no voice on this machine: run `outbound models fetch`")
    seen: list[ProgramState] = []
    port = free_port()
    code = textwrap.dedent(_DYING.format(once=str(tmp_path / "once")))
    dialer = Program(
        "dialer",
        (sys.executable, "-c", code),
        READY_ENTRY,
        environment={
            "PYTHONUNBUFFERED": "1",
            "OUTBOUND_DATABASE_URL": database_url,
            "OUTBOUND_DATA_DIR": str(tmp_path / "data"),
            "OUTBOUND_SIP_PORT": str(port),
        },
        ready_within_s=60.0,
        hung_after_s=30.0,
    )
    supervisor = Supervisor(
        [dialer],
        tmp_path,
        report=lambda _, state: seen.append(state),
        policy=RestartPolicy(first_s=0.1),
    )
    async with running(supervisor):
        await ping(TrunkAddress("itself", "127.0.0.1", port), timeout_s=1.0)
        await until(lambda: seen[-2:] == [ProgramState.RESTARTING, ProgramState.READY], 60)
    log = (tmp_path / "dialer.log").read_text()
    assert "sip_thread_died" in log
    assert "Exit: 3" in log
    assert log.count('"event": "ready"') == 2
