"""A call whose person is put through to agents, in memory and in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

from campaigns.attempt import AttemptResult, TrunkAddress
from campaigns.transfers.planned import AgentCall, NoAgent, PlannedTransfer
from campaigns.transfers.rule import TransferMode
from campaigns.transfers.state import TransferEvent
from campaigns.vault import Vault
from dialer.call import Call
from dialer.journal import Journal
from dialer.transfer import AgentLines
from dialer.trunks.simulated import Callee, SimulatedTrunk
from tests.fakes.call_stage import MemoryBacklog, Stage


@dataclass
class MemoryDesk:
    """Hands out listed agents; `log` holds what it was told."""

    agents: list[str]
    mode: TransferMode = TransferMode.BRIDGE
    ring_s: float = 30.0
    busy_looks: int = 0
    """So often all agents are busy before the first comes free."""
    away: bool = False
    id: UUID = field(default_factory=uuid4)
    log: list[tuple[TransferEvent, str]] = field(default_factory=list)
    wish: str | None = None

    async def begin(self, attempt_id: UUID, wish: str) -> PlannedTransfer | NoAgent:
        if self.away:
            raise OSError("the database is away")
        self.wish = wish
        return PlannedTransfer(self.id, self.mode, self.ring_s)

    async def next_agent(self, transfer_id: UUID) -> AgentCall | NoAgent:
        if self.busy_looks:
            self.busy_looks -= 1
            return NoAgent("all agents are in calls", busy=True)
        if not self.agents:
            return NoAgent("no agent answered")
        address = TrunkAddress("agents", "127.0.0.1", 5070)
        return AgentCall(self.agents.pop(0), address, "077112366", "南宁税务")

    async def move(self, transfer_id: UUID, event: TransferEvent, why: str = "") -> None:
        self.log.append((event, why))


@dataclass
class TransferStage(Stage):
    """`agents`: who picks up under which number; `accepts`: what the trunk says to a REFER."""

    desk: MemoryDesk = field(default_factory=lambda: MemoryDesk(["8001"]))
    agents: Mapping[str, Callee] = field(default_factory=dict)
    accepts: Mapping[str, bool] = field(default_factory=dict)

    async def _play(self, callee: Callee) -> AttemptResult:
        began = asyncio.get_running_loop().time()
        journal = Journal(self.store, self.store, MemoryBacklog(self.folder, Vault(bytes(32))))
        writing = asyncio.create_task(journal.run())
        people = {self.attempt.number: callee, **self.agents}
        async with SimulatedTrunk(
            lambda request: people[request.number], transfers=self.accepts
        ) as trunk:
            self.trunk = trunk
            lines = AgentLines(self.desk, lambda _address: trunk)
            equipment = replace(self.equipment(journal), agents=lines)
            result = await Call(self.attempt, trunk, equipment).run()
            self.seconds = asyncio.get_running_loop().time() - began
            self.leg = trunk.legs[0]
            await journal.flush(1.0)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        return result
