"""The rehearsal process, `python -m dialer.rehearsal.main --questionnaire FILE --log FILE`."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import structlog
import typer

from campaigns import log as logs
from campaigns.clock import SystemClock
from campaigns.errors import InvalidInput
from campaigns.questionnaire import file as questionnaire_file
from campaigns.questionnaire.model import Questionnaire
from campaigns.settings import CoreSettings
from dialer.errors import DialerError
from dialer.ports import AudioPort
from dialer.rehearsal.callee import Callee
from dialer.rehearsal.cue import CueReader
from dialer.rehearsal.ear import Ear
from dialer.rehearsal.exchange import Exchange
from dialer.rehearsal.journal import Journal
from dialer.rehearsal.manner import Manner, every_line
from dialer.rehearsal.personas import Persona
from dialer.rehearsal.phrase_book import PhraseBook, choose_voice
from dialer.trunks.baresip import BaresipRuntime, RuntimeOptions
from tts_asr.prompt_cache import PromptCache
from tts_asr.recognition_pool import RecognitionPool
from tts_asr.recognizers import load_recognizer
from tts_asr.settings import SpeechSettings
from tts_asr.voices import load_synthesizer

log = structlog.get_logger(__name__)

_ACCOUNT = "<sip:rehearsal@{host}>;regint=0;answermode=manual;catchall=yes;audio_codecs=pcma,pcmu"
_ZONE = ZoneInfo("Asia/Shanghai")
_LAST_WORDS_S = 5.0


@dataclass(frozen=True, slots=True)
class _Arguments:
    host: str
    port: int
    rtp_ports: tuple[int, int]
    questionnaire: Questionnaire
    journal: Path
    voice: str


def main(
    questionnaire: Annotated[
        Path, typer.Option(help="The campaign's questionnaire file (YAML).", dir_okay=False)
    ],
    journal: Annotated[
        Path, typer.Option("--log", help="Where to write one JSON line per finished call.")
    ],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="SIP port (UDP).")] = 5090,
    first_rtp_port: Annotated[int, typer.Option(help="First UDP port for audio.")] = 40000,
    last_rtp_port: Annotated[int, typer.Option(help="Last UDP port for audio.")] = 40999,
    voice: Annotated[str, typer.Option(help="The people's voice.")] = "zm_yunxi",
) -> None:
    """Run callees for a rehearsal. The last two digits dialled, modulo 8, choose the person:
    1 satisfied, 2 dissatisfied, 3 silent, 4 busy now, 5 wrong number, 6 asks for a human,
    7 does not pick up, 0 busy signal. Ends on SIGTERM or Ctrl-C once the calls are over."""
    logs.configure("rehearsal", CoreSettings().log_level)
    try:
        script = questionnaire_file.parse(questionnaire.read_text(encoding="utf-8"))
        rtp_ports = (first_rtp_port, last_rtp_port)
        asyncio.run(_run(_Arguments(host, port, rtp_ports, script, journal, voice)))
    except (InvalidInput, DialerError, OSError) as error:
        print(f"rehearsal: {error}", file=sys.stderr)
        raise typer.Exit(2) from error


async def _run(arguments: _Arguments) -> None:
    speech = SpeechSettings()
    recognizer = await asyncio.to_thread(load_recognizer, speech)
    synthesizer = await asyncio.to_thread(load_synthesizer, speech)
    book = PhraseBook(
        PromptCache(speech.cache_dir / "rehearsal", synthesizer),
        choose_voice(arguments.voice, synthesizer.voices, speech.voice),
    )
    await book.render(every_line(arguments.questionnaire, _today()), _show_progress)
    cues = CueReader(arguments.questionnaire)
    recognitions = RecognitionPool(recognizer, 1)

    def make_callee(persona: Persona, audio: AudioPort) -> Callee:
        manner = Manner(persona, arguments.questionnaire, cues, _today())
        return Callee(manner, Ear(recognitions), book, audio)

    exchange = Exchange(make_callee, Journal(arguments.journal), SystemClock().now)
    try:
        await _serve(exchange, arguments)
    finally:
        recognitions.close()


async def _serve(exchange: Exchange, arguments: _Arguments) -> None:
    runtime = BaresipRuntime(
        RuntimeOptions(arguments.host, arguments.port, arguments.rtp_ports, jitter_buffer="off")
    )
    await runtime.start()
    try:
        await runtime.listen(_ACCOUNT.format(host=arguments.host), exchange.accept)
        log.info("ready", host=arguments.host, port=arguments.port)
        print(f"rehearsal ready on sip:{arguments.host}:{arguments.port}", flush=True)
        await _stopped(runtime)
        await exchange.drain(_LAST_WORDS_S)
    finally:
        await runtime.close()


async def _stopped(runtime: BaresipRuntime) -> None:
    """Wait for SIGTERM or SIGINT. Raises DialerError when the SIP thread has died."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    waits = [asyncio.create_task(event.wait()) for event in (told, runtime.died)]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await wait
    if runtime.died.is_set():
        raise DialerError("the SIP thread of the rehearsal died: start it again")


def _show_progress(done: int, of: int) -> None:
    print(f"rendering the callees' voice: {done}/{of}", file=sys.stderr, flush=True)


def _today() -> date:
    return datetime.now(_ZONE).date()


if __name__ == "__main__":
    typer.run(main)
