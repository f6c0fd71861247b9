"""The trunk of each address, carried by the driver it names."""

from __future__ import annotations

from campaigns.attempt import TrunkAddress
from dialer.ports import Trunk
from dialer.trunks.baresip import BaresipRuntime, BaresipTrunk
from dialer.trunks.pyvoip import PyvoipOptions, PyvoipTrunk


class Drivers:
    """Makes each trunk once; `close` at the end."""

    def __init__(self, runtime: BaresipRuntime, pyvoip: PyvoipOptions) -> None:
        self._runtime = runtime
        self._pyvoip = pyvoip
        self._trunks: dict[TrunkAddress, Trunk] = {}

    def trunk_of(self, address: TrunkAddress) -> Trunk:
        """Return the trunk of an address; what an optional driver lacks is told by `dial`."""
        if address not in self._trunks:
            self._trunks[address] = self._made(address)
        return self._trunks[address]

    async def close(self) -> None:
        """End the processes some drivers have."""
        for trunk in self._trunks.values():
            if isinstance(trunk, PyvoipTrunk):
                await trunk.close()

    def _made(self, address: TrunkAddress) -> Trunk:
        if address.driver == "pyvoip":
            return PyvoipTrunk(address, self._pyvoip)
        return BaresipTrunk(self._runtime, address)
