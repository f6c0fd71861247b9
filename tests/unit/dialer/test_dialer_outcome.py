"""Signalling and conversation → disposition."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import pytest

from campaigns.disposition import Disposition
from dialer.early_media.verdict import Heard, Verdict
from dialer.outcome import SignallingEvidence, TalkEvidence, disposition_of, rang_nobody
from dialer.ports import Ended, Party
from dialogs.ports import ConversationOutcome

REMOTE, LOCAL, NETWORK = Party.REMOTE, Party.LOCAL, Party.NETWORK


def unanswered(
    code: int | None = None, q850: int | None = None, who: Party = REMOTE, **more: Any
) -> Disposition:
    return disposition_of(SignallingEvidence(Ended(0.0, who, code, q850, ""), **more), None)


@pytest.mark.parametrize(
    ("code", "q850", "expected"),
    [
        (404, None, Disposition.INVALID_NUMBER),
        (480, 1, Disposition.INVALID_NUMBER),
        (486, None, Disposition.BUSY),
        (600, None, Disposition.BUSY),
        (480, 17, Disposition.BUSY),
        (480, 18, Disposition.UNREACHABLE),
        (480, 19, Disposition.NO_ANSWER),
        (408, None, Disposition.UNREACHABLE),
        (480, 20, Disposition.UNREACHABLE),
        (603, None, Disposition.DECLINED),
        (603, 21, Disposition.DECLINED),
        (403, 21, Disposition.BLOCKED),
        (403, None, Disposition.BLOCKED),
        (608, None, Disposition.BLOCKED),
        (500, 34, Disposition.CONGESTION),
        (503, None, Disposition.CONGESTION),
        (502, 27, Disposition.OUT_OF_SERVICE),
        (401, None, Disposition.TRUNK_FAULT),
        (407, None, Disposition.TRUNK_FAULT),
        (488, None, Disposition.TRUNK_FAULT),
        (486, 16, Disposition.BUSY),
    ],
)
def test_the_cause_is_trusted_before_the_code(
    code: int, q850: int | None, expected: Disposition
) -> None:
    assert unanswered(code, q850) is expected


def test_480_means_no_answer_only_after_it_rang() -> None:
    assert unanswered(480, rang=True) is Disposition.NO_ANSWER
    assert unanswered(480) is Disposition.UNREACHABLE


def test_our_own_cancel() -> None:
    assert unanswered(who=LOCAL, rang=True, timed_out=True) is Disposition.NO_ANSWER
    assert unanswered(who=LOCAL, timed_out=True) is Disposition.UNREACHABLE
    assert unanswered(who=LOCAL, rang=True) is Disposition.UNKNOWN  # the worker was stopped


def test_nothing_is_concluded_where_the_driver_does_not_know_the_end() -> None:
    assert unanswered(who=Party.UNKNOWN) is Disposition.UNKNOWN
    assert unanswered(who=Party.UNKNOWN, timed_out=True, rang=True) is Disposition.UNKNOWN
    ended = SignallingEvidence(Ended(0.0, Party.UNKNOWN, None, None, ""), answered=True)
    assert disposition_of(ended, None) is Disposition.UNKNOWN
    assert disposition_of(ended, TalkEvidence(None)) is Disposition.UNKNOWN
    assert disposition_of(ended, TalkEvidence(None, share=1.0)) is Disposition.COMPLETED
    assert disposition_of(ended, TalkEvidence(None, opted_out=True)) is Disposition.OPT_OUT


def test_a_network_that_fails_is_the_trunks_fault_and_silence_about_the_end_is_unknown() -> None:
    assert unanswered(who=NETWORK) is Disposition.TRUNK_FAULT
    assert disposition_of(SignallingEvidence(None), None) is Disposition.UNKNOWN


def test_every_code_and_cause_gives_a_disposition_and_never_a_refusal() -> None:
    never = {Disposition.REFUSED, Disposition.OPT_OUT, Disposition.COMPLETED}
    for code in (None, *range(300, 700)):
        for q850 in (None, *range(128)):
            assert unanswered(code, q850) not in never


@pytest.mark.parametrize(
    ("outcome", "share", "expected"),
    [
        (ConversationOutcome.COMPLETED, 0.5, Disposition.COMPLETED),
        (ConversationOutcome.REFUSED, 1.0, Disposition.REFUSED),
        (ConversationOutcome.WRONG_NUMBER, 0.0, Disposition.WRONG_NUMBER),
        (ConversationOutcome.CALL_LATER, 0.0, Disposition.CALL_LATER),
        (ConversationOutcome.HUMAN_REQUESTED, 0.0, Disposition.HUMAN_REQUESTED),
        (ConversationOutcome.NO_RESPONSE, 0.0, Disposition.NO_RESPONSE),
        (ConversationOutcome.FAULT, 0.0, Disposition.DIALOGUE_FAULT),
        (ConversationOutcome.GOODBYE, 0.8, Disposition.COMPLETED),
        (ConversationOutcome.GOODBYE, 0.79, Disposition.PARTIAL),
        (None, 0.8, Disposition.COMPLETED),
        (None, 0.5, Disposition.PARTIAL),
        (None, 0.49, Disposition.BREAK_OFF),
    ],
)
def test_a_conversation_decides_by_its_outcome_then_by_the_share(
    outcome: ConversationOutcome | None, share: float, expected: Disposition
) -> None:
    signalling = SignallingEvidence(Ended(0.0, REMOTE, None, 16, ""), rang=True, answered=True)
    assert disposition_of(signalling, TalkEvidence(outcome, share=share)) is expected


def test_an_opt_out_outweighs_everything() -> None:
    signalling = SignallingEvidence(None, answered=True)
    for outcome in (None, *ConversationOutcome):
        talk = TalkEvidence(outcome, opted_out=True, share=1.0)
        assert disposition_of(signalling, talk) is Disposition.OPT_OUT


def heard(what: Heard, by: Literal["tone", "announcement", "music"] = "announcement") -> Verdict:
    return Verdict(what, by, "", 2.0)


@pytest.mark.parametrize("what", [each for each in Heard if each is not Heard.RINGING])
@pytest.mark.parametrize(("code", "q850"), [(480, 20), (486, 17), (404, 1), (487, None), (603, 21)])
def test_an_announcement_is_trusted_before_cause_and_code(
    what: Heard, code: int, q850: int | None
) -> None:
    expected = Disposition(what.value)
    assert unanswered(code, q850, heard=heard(what)) is expected
    assert unanswered(who=LOCAL, heard=heard(what)) is expected
    assert unanswered(who=NETWORK, heard=heard(what)) is expected


def test_a_tone_is_trusted_where_cause_and_code_say_nothing() -> None:
    tone = heard(Heard.BUSY, "tone")
    assert unanswered(480, heard=tone) is Disposition.BUSY
    assert unanswered(487, who=LOCAL, heard=tone) is Disposition.BUSY
    assert unanswered(who=LOCAL, heard=tone) is Disposition.BUSY
    assert unanswered(404, heard=tone) is Disposition.INVALID_NUMBER
    assert unanswered(480, 18, heard=tone) is Disposition.UNREACHABLE


@pytest.mark.parametrize("by", ["tone", "music"])
def test_ring_back_is_no_outcome(by: Literal["tone", "music"]) -> None:
    ringing = heard(Heard.RINGING, by)
    assert unanswered(486, heard=ringing) is Disposition.BUSY
    timed_out = unanswered(who=LOCAL, rang=True, timed_out=True, heard=ringing)
    assert timed_out is Disposition.NO_ANSWER
    assert unanswered(480, rang=True, heard=ringing) is Disposition.NO_ANSWER


def test_what_was_heard_before_the_answer_does_not_count_after_it() -> None:
    signalling = SignallingEvidence(
        Ended(0.0, REMOTE, None, 16, ""), answered=True, heard=heard(Heard.BUSY)
    )
    talk = TalkEvidence(ConversationOutcome.COMPLETED, share=1.0)
    assert disposition_of(signalling, talk) is Disposition.COMPLETED


def test_a_machine_is_an_answering_service_unless_somebody_gave_answers() -> None:
    signalling = SignallingEvidence(Ended(0.0, LOCAL, None, 16, ""), answered=True, machine=True)
    for outcome in (None, ConversationOutcome.GOODBYE):
        talk = TalkEvidence(outcome)
        assert disposition_of(signalling, talk) is Disposition.ANSWERING_SERVICE
    answered = TalkEvidence(ConversationOutcome.COMPLETED, share=1.0)
    assert disposition_of(signalling, answered) is Disposition.COMPLETED


NETWORK_REFUSED = Ended(1.0, Party.NETWORK, None, None, "Connection refused [111]")
NETWORK_SILENT = Ended(1.0, Party.NETWORK, None, None, "Connection timed out [110]")


def final(code: int, q850: int | None = None) -> SignallingEvidence:
    return SignallingEvidence(Ended(1.0, Party.REMOTE, code, q850, ""))


@pytest.mark.parametrize("code", [408, 500, 502, 503, 504])
def test_a_trunk_that_could_not_take_the_call_rang_nobody(code: int) -> None:
    assert rang_nobody(final(code))
    assert not rang_nobody(replace(final(code), rang=True))
    assert not rang_nobody(replace(final(code), answered=True))


@pytest.mark.parametrize("code", [403, 404, 410, 480, 484, 486, 487, 488, 600, 603, 604, 607, 608])
def test_the_far_ends_own_answers_are_for_all_trunks(code: int) -> None:
    assert not rang_nobody(final(code))


@pytest.mark.parametrize(("cause", "nobody"), [(34, True), (41, True), (17, False), (21, False)])
def test_the_cause_is_believed_before_the_code(cause: int, nobody: bool) -> None:
    assert rang_nobody(final(503, cause)) is nobody


def test_behind_silence_a_phone_may_be_ringing() -> None:
    assert rang_nobody(SignallingEvidence(NETWORK_REFUSED))
    assert not rang_nobody(SignallingEvidence(NETWORK_SILENT))
    assert not rang_nobody(SignallingEvidence(None))
    cancelled = Ended(1.0, Party.LOCAL, 487, None, "")
    assert not rang_nobody(SignallingEvidence(cancelled, timed_out=True))
