"""The supervisor on real child processes."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from api.supervisor.child import ProgramFailed
from api.supervisor.ports import PortInUse
from api.supervisor.program import HttpReady, LineReady, Port, Program
from api.supervisor.restart import RestartPolicy
from api.supervisor.supervisor import ProgramState, Supervisor

READY = LineReady(re.compile("^ready", re.M))
QUICK = RestartPolicy(limit=2, first_s=0.01, longest_s=0.02)
SLEEPER = "print('ready', flush=True); import time; time.sleep(60)"


def program(name: str, code: str, **changes: object) -> Program:
    settings = {"ready": READY, "ready_within_s": 10.0, "stop_within_s": 5.0, **changes}
    command = (sys.executable, "-c", textwrap.dedent(code))
    return Program(name=name, command=command, **settings)  # type: ignore[arg-type]


@asynccontextmanager
async def running(supervisor: Supervisor) -> AsyncIterator[Supervisor]:
    try:
        await supervisor.start()
        yield supervisor
    finally:
        await supervisor.stop()


async def until(condition: Callable[[], bool], within_s: float = 10.0) -> None:
    async with asyncio.timeout(within_s):
        while True:
            if condition():
                return
            await asyncio.sleep(0.02)


def pid_in(path: Path) -> int:
    return int(path.read_text().split()[-1])


async def test_starts_in_order_of_need_and_stops_in_reverse(tmp_path: Path) -> None:
    seen: list[tuple[str, ProgramState]] = []
    programs = [program("first", SLEEPER), program("second", SLEEPER, needs=("first",))]

    async with running(Supervisor(programs, tmp_path, report=lambda n, s: seen.append((n, s)))):
        pass

    assert seen == [
        ("first", ProgramState.STARTING),
        ("first", ProgramState.READY),
        ("second", ProgramState.STARTING),
        ("second", ProgramState.READY),
        ("second", ProgramState.STOPPED),
        ("first", ProgramState.STOPPED),
    ]


async def test_restarts_what_ends(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    code = f"""
        import os, pathlib, time
        print(os.getpid(), file=pathlib.Path({str(pids)!r}).open("a"))
        print("ready", flush=True)
        time.sleep(60)
    """
    async with running(Supervisor([program("worker", code)], tmp_path, policy=QUICK)):
        first = pid_in(pids)
        os.kill(first, signal.SIGKILL)
        await until(lambda: pid_in(pids) != first)
        second = pid_in(pids)
        assert psutil.pid_exists(second)
    assert not psutil.pid_exists(second)


async def test_gives_up_on_a_program_that_keeps_ending(tmp_path: Path) -> None:
    code = "print('ready', flush=True); import time; time.sleep(0.3); print('the reason')"
    async with running(Supervisor([program("weak", code)], tmp_path, policy=QUICK)) as supervisor:
        with pytest.raises(ProgramFailed, match=r"weak ended 3 times(.|\n)*the reason"):
            await asyncio.wait_for(supervisor.wait(), 20)


async def test_a_failed_start_names_the_program_and_its_last_words(tmp_path: Path) -> None:
    programs = [program("good", SLEEPER), program("bad", "raise SystemExit('no such model')")]
    with pytest.raises(ProgramFailed, match=r"bad ended with exit code 1(.|\n)*no such model"):
        async with running(Supervisor(programs, tmp_path)):
            pytest.fail("it must not start")


async def test_a_program_that_is_never_ready_is_given_up(tmp_path: Path) -> None:
    slow = program("slow", "import time; time.sleep(60)", ready_within_s=0.5)
    with pytest.raises(ProgramFailed, match=r"not ready within 0\.5 s"):
        async with running(Supervisor([slow], tmp_path)):
            pytest.fail("it must not start")


async def test_a_port_in_use_is_named_with_its_setting(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = Port("127.0.0.1", taken.getsockname()[1], "OUTBOUND_API_PORT")
        with pytest.raises(PortInUse, match=f"{port.number}.*OUTBOUND_API_PORT"):
            await Supervisor([program("api", SLEEPER, ports=(port,))], tmp_path).start()


async def test_http_readiness_waits_for_a_good_answer(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]
    code = f"""
        import http.server
        class Health(http.server.BaseHTTPRequestHandler):
            asked = 0
            def do_GET(self):
                Health.asked += 1
                self.send_response(200 if Health.asked > 2 else 503)
                self.end_headers()
        http.server.HTTPServer(("127.0.0.1", {number}), Health).serve_forever()
    """
    web = program("web", code, ready=HttpReady(f"http://127.0.0.1:{number}/health"))
    async with running(Supervisor([web], tmp_path)):
        log = (tmp_path / "web.log").read_text()
    assert log.count(" 503 ") == 2
    assert " 200 " in log


async def test_kills_what_does_not_stop_and_its_children(tmp_path: Path) -> None:
    grandchild = tmp_path / "grandchild"
    code = f"""
        import pathlib, signal, subprocess, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        pathlib.Path({str(grandchild)!r}).write_text(str(child.pid))
        print("ready", flush=True)
        time.sleep(60)
    """
    async with running(Supervisor([program("deaf", code, stop_within_s=0.2)], tmp_path)):
        pid = pid_in(grandchild)
        assert psutil.pid_exists(pid)
    await until(lambda: _gone(pid))


async def test_hurry_does_not_wait(tmp_path: Path) -> None:
    code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + SLEEPER
    async with running(
        Supervisor([program("d", code, stop_within_s=60.0)], tmp_path)
    ) as supervisor:
        supervisor.hurry()
        begun = time.monotonic()
    assert time.monotonic() - begun < 5


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is a Linux feature")
async def test_nothing_survives_a_killed_supervisor(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    child = (
        f"import os,pathlib; pathlib.Path({str(pid_file)!r}).write_text(str(os.getpid()));{SLEEPER}"
    )
    owner = f"""
import asyncio, pathlib, re, sys
from api.supervisor.program import LineReady, Program
from api.supervisor.supervisor import Supervisor
async def main():
    ready = LineReady(re.compile("^ready", re.M))
    program = Program("orphan", (sys.executable, "-c", {child!r}), ready)
    await Supervisor([program], pathlib.Path({str(tmp_path)!r})).start()
    await asyncio.sleep(60)
asyncio.run(main())
"""
    process = await asyncio.to_thread(subprocess.Popen, [sys.executable, "-c", owner])
    try:
        await until(lambda: pid_file.exists() and pid_file.read_text() != "")
    finally:
        process.kill()
        await asyncio.to_thread(process.wait)
    await until(lambda: _gone(pid_in(pid_file)))


def _gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def beating_program(name: str, then: str, **changes: object) -> Program:
    """A program that beats as ours do, ready at once, and then does something."""
    code = f"""
        import asyncio, os, pathlib, signal, time
        from campaigns import heartbeat
        heartbeat.BEAT_EVERY_S = 0.1
        file = pathlib.Path(os.environ["OUTBOUND_HEARTBEAT_FILE"])
        async def main():
            async with heartbeat.beating(file):
                print("ready", flush=True)
                await asyncio.sleep(0.5)
                {then}
                await asyncio.sleep(60)
        asyncio.run(main())
    """
    return program(name, code, hung_after_s=1.0, **changes)


async def test_what_hangs_is_ended_and_started_again(tmp_path: Path) -> None:
    once = tmp_path / "once"
    hang = (
        f"once = pathlib.Path({str(once)!r}); first = not once.exists(); once.touch(); "
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "first and time.sleep(60)"
    )
    seen: list[ProgramState] = []
    supervisor = Supervisor(
        [beating_program("worker", hang)],
        tmp_path,
        report=lambda _, state: seen.append(state),
        policy=QUICK,
    )
    async with running(supervisor):
        await until(lambda: seen[-2:] == [ProgramState.RESTARTING, ProgramState.READY], 20)
        supervisor.hurry()


async def test_a_stopped_process_counts_as_hung(tmp_path: Path) -> None:
    once = tmp_path / "once"
    freeze = (
        f"once = pathlib.Path({str(once)!r}); first = not once.exists(); once.touch(); "
        "first and os.kill(os.getpid(), signal.SIGSTOP)"
    )
    seen: list[ProgramState] = []
    supervisor = Supervisor(
        [beating_program("worker", freeze)],
        tmp_path,
        report=lambda _, state: seen.append(state),
        policy=QUICK,
    )
    async with running(supervisor):
        await until(lambda: seen[-2:] == [ProgramState.RESTARTING, ProgramState.READY], 20)


async def test_what_beats_is_left_alone(tmp_path: Path) -> None:
    seen: list[ProgramState] = []
    calm = beating_program("worker", "pass")
    async with running(Supervisor([calm], tmp_path, report=lambda _, state: seen.append(state))):
        await asyncio.sleep(3.0)
    assert seen == [ProgramState.STARTING, ProgramState.READY, ProgramState.STOPPED]


async def test_a_web_server_that_no_longer_answers_is_started_again(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]
    once = tmp_path / "once"
    code = f"""
        import http.server, os, pathlib, time
        once = pathlib.Path({str(once)!r})
        class Web(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path == "/" and not once.exists():
                    once.touch()
                    time.sleep(60)
                self.send_response(200 if self.path == "/health" else 503)
                self.end_headers()
        http.server.HTTPServer(("127.0.0.1", {number}), Web).serve_forever()
    """
    seen: list[ProgramState] = []
    ready = HttpReady(f"http://127.0.0.1:{number}/health")
    web = program("web", code, ready=ready, hung_after_s=1.0)
    supervisor = Supervisor(
        [web], tmp_path, report=lambda _, state: seen.append(state), policy=QUICK
    )
    async with running(supervisor):
        await until(lambda: seen[-2:] == [ProgramState.RESTARTING, ProgramState.READY], 20)
        await asyncio.sleep(2.0)  # 503 is a sign of life
    assert seen.count(ProgramState.RESTARTING) == 1
