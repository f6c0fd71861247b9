"""Checks of a script before anybody is called: what would go wrong in a conversation."""

from __future__ import annotations

from campaigns.questionnaire.model import Questionnaire
from dialogs.script_check.finding import Finding, Severity
from dialogs.script_check.length import too_long
from dialogs.script_check.naming import likely_misspelt
from dialogs.script_check.options import ambiguous_options
from dialogs.script_check.reach import unreachable

__all__ = ["Finding", "Severity", "check_script"]

_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1}


def check_script(questionnaire: Questionnaire) -> tuple[Finding, ...]:
    """Return what is wrong with a questionnaire that reads well, errors first.

    An error would spoil answers or strand people; a warning is worth a look. The file's own
    mistakes, a missing notice among them, are found when it is read.
    """
    found = [
        *unreachable(questionnaire),
        *likely_misspelt(questionnaire),
        *ambiguous_options(questionnaire),
        *too_long(questionnaire),
    ]
    return tuple(sorted(found, key=lambda finding: _ORDER[finding.severity]))
