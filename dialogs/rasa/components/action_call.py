"""Makes Rasa's calls of the action webhook cheap and short.

Rasa 3.6 re-checks the JSON schema of an action's answer itself at every call, which is most of
the processor time of a turn, and waits up to five minutes for the action side. Here the validator
is built once, and the wait ends well before the dialer's own time-out of a turn.
"""

from __future__ import annotations

import os
from typing import Any

from jsonschema import Draft202012Validator
from rasa.core.actions import action

_validator = Draft202012Validator(action.RemoteAction.action_response_format_spec())


def _validate(self: action.RemoteAction, result: Any) -> bool:
    _validator.validate(result)
    return True


action.RemoteAction._validate_action_result = _validate
action.DEFAULT_REQUEST_TIMEOUT = float(os.environ.get("OUTBOUND_ACTION_TIMEOUT_S", "0.7"))
