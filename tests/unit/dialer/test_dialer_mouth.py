import array

from dialer.mouth import from_first_sound
from dialer.ports import FRAME_BYTES


def _frames(*peaks: int) -> bytes:
    frame = FRAME_BYTES // 2
    return b"".join(array.array("h", [peak, -peak] * (frame // 2)).tobytes() for peak in peaks)


def test_quiet_frames_before_a_word_are_left_out() -> None:
    assert from_first_sound(_frames(0, 20, 3000, 10, 3000)) == _frames(3000, 10, 3000)


def test_a_soft_beginning_is_kept() -> None:
    assert from_first_sound(_frames(200, 3000)) == _frames(200, 3000)


def test_a_wanted_pause_is_only_shortened() -> None:
    assert from_first_sound(_frames(*[0] * 9, 3000)) == _frames(*[0] * 5, 3000)


def test_nothing_and_silence_are_taken_as_they_are() -> None:
    assert from_first_sound(b"") == b""
    assert from_first_sound(_frames(0)) == _frames(0)
    assert from_first_sound(_frames(0, 0)) == _frames(0)
