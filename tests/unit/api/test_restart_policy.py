"""The restart policy: doubling back-off, a limit, and forgiveness after the window."""

from api.supervisor.restart import RestartPolicy

POLICY = RestartPolicy(limit=4, window_s=60.0, first_s=0.5, longest_s=3.0)


def test_the_delay_doubles_up_to_the_longest() -> None:
    delays = [POLICY.delay([0.0] * crashes, now=1.0) for crashes in range(1, 5)]

    assert delays == [0.5, 1.0, 2.0, 3.0]


def test_gives_up_beyond_the_limit() -> None:
    assert POLICY.delay([0.0] * 5, now=1.0) is None


def test_crashes_outside_the_window_are_forgiven() -> None:
    assert POLICY.delay([0.0] * 10 + [100.0], now=100.0) == 0.5
