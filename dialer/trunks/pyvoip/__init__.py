"""The optional trunk driver: pyVoIP (GPLv3) in a process of its own, with declared limits."""

from dialer.trunks.pyvoip.trunk import PyvoipOptions, PyvoipTrunk

__all__ = ["PyvoipOptions", "PyvoipTrunk"]
