"""Whether the optional pyVoIP, which a driver of ours can use, is there."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

needs_pyvoip = pytest.mark.skipif(
    find_spec("pyVoIP") is None, reason="pyVoIP is absent: install the extra outbound[pyvoip]"
)
