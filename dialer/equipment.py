"""What every call of a worker uses: speech, dialogue, journal, recordings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from campaigns.clock import Clock
from campaigns.questionnaire.model import Question, Questionnaire
from dialer.journal import Journal
from dialer.manners import Manners
from dialer.media.recorder import RecordingWriter
from dialer.speech import Keywords, Prompts, Recognition, VoiceActivity
from dialer.transfer import AgentLines
from dialogs.ports import DialogueEngine


class Recordings(Protocol):
    """Where recordings are kept."""

    def open(self, attempt_id: UUID) -> RecordingWriter:
        """Start the recording of an attempt. Blocks on the disk."""
        ...


@dataclass(frozen=True, slots=True)
class Understanding:
    """What the dialogue side knows about words ahead of the engine.

    `is_whole_answer(question, text, syllables)`: whether the words need nothing more;
    `segments_of(questionnaire, variables)`: every text a call can speak; `message_of` alike: what
    is left with a machine;
    `phrase_of(questionnaire, key)`: a standard wording: `fault` is said when the dialogue fails,
    `wait` while it is slow; `says_opt_out(text, syllables)`: whether the words clearly
    ask never to be called again.
    """

    is_whole_answer: Callable[[Question, str, tuple[str, ...]], bool]
    segments_of: Callable[[Questionnaire, Mapping[str, str]], Sequence[str]]
    phrase_of: Callable[[Questionnaire, str], str]
    says_opt_out: Callable[[str, tuple[str, ...]], bool]
    message_of: Callable[[Questionnaire, Mapping[str, str]], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Equipment:
    """The services and manners of a worker's calls. `voice`: the voice that speaks where
    the campaign names none. `keywords`: None where there is no spotter; then announcements
    and machines are not told by what they say. `agents`: None where nobody can be put through."""

    engine: DialogueEngine
    recognition: Recognition
    voice_activity: Callable[[], VoiceActivity]
    prompts: Prompts
    voice: str
    recordings: Recordings
    journal: Journal
    clock: Clock
    understanding: Understanding
    manners: Manners = field(default_factory=Manners)
    keywords: Keywords | None = None
    agents: AgentLines | None = None
