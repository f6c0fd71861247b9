"""Keeps the programs of the service running, from the first start to the last stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path

import structlog

from api.supervisor.child import Child, ProgramFailed
from api.supervisor.ports import require_free
from api.supervisor.program import Program
from api.supervisor.restart import RestartPolicy

_log = structlog.get_logger(__name__)


class ProgramState(StrEnum):
    """What a program is doing, as reported to the person watching."""

    STARTING = "starting"
    READY = "ready"
    RESTARTING = "restarting"
    STOPPED = "stopped"


Report = Callable[[str, ProgramState], None]


class Supervisor:
    """Starts programs as soon as what they need is ready, restarts those that end, and stops all
    in reverse order.

    `start`, then `wait` until something is given up, and `stop` in every case.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        logs: Path,
        *,
        report: Report = lambda name, state: None,
        policy: RestartPolicy | None = None,
    ) -> None:
        self._programs = tuple(programs)
        self._logs = logs
        self._report = report
        self._policy = policy or RestartPolicy()
        self._children: dict[str, Child] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self._hurry = asyncio.Event()

    async def start(self) -> None:
        """Start everything and return when all of it is ready.

        Raises PortInUse before anything runs, ProgramFailed when a program does not come up.
        """
        require_free(port for program in self._programs for port in program.ports)
        ready = {program.name: asyncio.Event() for program in self._programs}
        try:
            async with asyncio.TaskGroup() as group:
                for program in self._programs:
                    group.create_task(self._bring_up(program, ready))
        except* ProgramFailed as failures:
            raise failures.exceptions[0] from None

    async def wait(self) -> None:
        """Wait for ever; raises ProgramFailed when a program would not stay up."""
        done, _ = await asyncio.wait(self._keepers, return_when=asyncio.FIRST_COMPLETED)
        for keeper in done:
            keeper.result()

    async def stop(self) -> None:
        """Stop every program, the last started kind first. Safe to call at any time."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for program in reversed(self._programs):
            child = self._children.pop(program.name, None)
            if child is not None:
                await child.stop(self._hurry)
                self._report(program.name, ProgramState.STOPPED)

    def hurry(self) -> None:
        """Stop waiting for programs to end by themselves: kill them."""
        self._hurry.set()

    async def _bring_up(self, program: Program, ready: dict[str, asyncio.Event]) -> None:
        for name in program.needs:
            await ready[name].wait()
        self._report(program.name, ProgramState.STARTING)
        await self._launch(program)
        self._keepers.append(asyncio.create_task(self._keep(program), name=f"keep {program.name}"))
        self._report(program.name, ProgramState.READY)
        ready[program.name].set()

    async def _launch(self, program: Program) -> None:
        child = Child(program, self._logs / f"{program.name}.log")
        self._children[program.name] = child
        await child.start()
        await child.wait_ready()

    async def _keep(self, program: Program) -> None:
        """Start the program again whenever it ends, until the policy gives up."""
        clock = asyncio.get_running_loop().time
        crashes: list[float] = []
        while True:
            child = self._children[program.name]
            code = await _end_of(child)
            crashes.append(clock())
            delay = self._policy.delay(crashes, clock())
            _log.warning("program_ended", program=program.name, exit_code=code, restart_in_s=delay)
            if delay is None:
                raise child.failure(f"ended {len(crashes)} times, given up")
            self._report(program.name, ProgramState.RESTARTING)
            await child.stop(self._hurry)
            await asyncio.sleep(delay)
            await self._relaunch(program)

    async def _relaunch(self, program: Program) -> None:
        try:
            await self._launch(program)
        except ProgramFailed as failure:
            _log.warning("program_not_ready", program=program.name, reason=str(failure))
            await self._children[program.name].stop(self._hurry)
            return
        self._report(program.name, ProgramState.READY)


async def _end_of(child: Child) -> int:
    """Wait until a program ends or hangs, and end it where it hangs; return its exit code."""
    ended = asyncio.create_task(child.wait())
    hung = asyncio.create_task(child.wait_hung())
    try:
        await asyncio.wait({ended, hung}, return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            _log.error(
                "program_hung",
                program=child.program.name,
                silent_for_s=child.program.hung_after_s,
                do="it is started again; its log tells what it did last",
            )
            await child.end_hung()
        return await ended
    finally:
        ended.cancel()
        hung.cancel()
        await asyncio.gather(ended, hung, return_exceptions=True)
