"""The error base of the dialer: every error says whose fault it is and whether a retry helps."""

from __future__ import annotations

from campaigns.errors import Fault


class DialerError(Exception):
    """Base of the dialer's errors; `fault` and `retryable` as in `campaigns.errors`."""

    fault: Fault = Fault.SERVICE
    retryable: bool = False


class TrunkError(DialerError):
    """A call could not be placed because of what was asked or of the trunk's configuration."""

    fault = Fault.CALLER


class TrunkNotRegistered(TrunkError):
    """The trunk's registrar has not accepted our registration: no INVITE was sent."""

    fault = Fault.SERVICE
    retryable = True


class SipThreadDied(DialerError):
    """The SIP stack of this process is gone: only a new process can place calls again."""

    fault = Fault.SERVICE
    retryable = True
