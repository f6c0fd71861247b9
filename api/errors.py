"""The error base of this package: whose fault it is, and whether a retry helps."""

from __future__ import annotations

from campaigns.errors import Fault


class ApiError(Exception):
    """Base of the errors of the HTTP interface, the command line and the supervisor.

    The message says what to do; `fault` and `retryable` mean what they mean in
    `campaigns.errors`.
    """

    fault: Fault = Fault.SERVICE
    retryable: bool = False
