"""The default trunk driver: libre/baresip in this process, one SIP thread, PCM in Python."""

from dialer.trunks.baresip.runtime import BaresipRuntime, RuntimeOptions
from dialer.trunks.baresip.trunk import BaresipTrunk

__all__ = ["BaresipRuntime", "BaresipTrunk", "RuntimeOptions"]
