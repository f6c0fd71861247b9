from __future__ import annotations

from datetime import time

import pytest

from campaigns.calling_hours import STANDARD, Window, read_hours, read_zone
from campaigns.errors import InvalidInput


def test_reads_windows() -> None:
    hours = read_hours({"windows": [{"days": [6], "from": "10:00", "to": "11:00"}]})
    assert hours.windows == (Window(frozenset({6}), time(10, 0), time(11, 0)),)
    assert read_hours({}) is STANDARD


@pytest.mark.parametrize(
    "document",
    [
        {"windows": []},
        {"windows": "always"},
        {"always": True},
        {"windows": [{"days": [8], "from": "09:00", "to": "10:00"}]},
        {"windows": [{"days": [], "from": "09:00", "to": "10:00"}]},
        {"windows": [{"days": [1], "from": "10:00", "to": "09:00"}]},
        {"windows": [{"days": [1], "from": "nine", "to": "10:00"}]},
        {"windows": [{"days": [1], "from": "09:00"}]},
        {"windows": ["mornings"]},
        {"windows": [{"days": [1], "from": "09:00+08:00", "to": "10:00+08:00"}]},
    ],
)
def test_hours_that_cannot_be_read_are_refused(document: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        read_hours(document)


@pytest.mark.parametrize("name", ["", "Mars/Base", "../etc/passwd"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="Asia/Shanghai"):
        read_zone(name)
