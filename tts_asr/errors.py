"""What can go wrong with speech, and whose fault it is."""

from __future__ import annotations

from typing import Literal

Fault = Literal["caller", "set-up", "engine"]


class SpeechError(Exception):
    """Base of every error of this package.

    `fault` says who can put it right: the `caller` (bad text or audio), the `set-up` (something
    is not installed) or the `engine`; `retryable` whether the same call may succeed later.
    """

    fault: Fault = "engine"
    retryable: bool = False


class ModelUnavailable(SpeechError):
    """A model could not be had from any of its sources; the message names each of them."""

    fault = "set-up"
    retryable = True


class VoiceUnavailable(SpeechError):
    """A voice or its engine is not on this machine."""

    fault = "set-up"


class UnspeakableText(SpeechError):
    """There is nothing in the text that the voice can say."""

    fault = "caller"


class RecognitionClosed(SpeechError):
    """Audio was given to an utterance that is already finished."""

    fault = "caller"
