"""The dialer process, `python -m dialer.main`: reads settings, wires adapters, works until told."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Annotated

import structlog
import typer
from pydantic import ValidationError

from campaigns import log as logs
from campaigns.attempt import PlannedAttempt
from campaigns.clock import SystemClock
from campaigns.dialers import Dialers
from campaigns.errors import CampaignError
from campaigns.heartbeat import beating
from campaigns.questionnaire.model import Questionnaire
from campaigns.recordings import Recordings
from campaigns.store.database import Database
from campaigns.store.location import database_url
from campaigns.store.queue import PostgresQueue
from campaigns.store.record import PostgresRecord
from campaigns.store.transfer_desk import PostgresTransferDesk
from campaigns.store.trunk_pings import PostgresTrunkPings
from campaigns.vault import Vault
from dialer.answering.phrases import MACHINE_PHRASES
from dialer.backlog import Backlog
from dialer.call import Call
from dialer.early_media.announcement import MEANINGS
from dialer.equipment import Equipment, Understanding
from dialer.errors import DialerError
from dialer.journal import Journal
from dialer.ports import Trunk
from dialer.presence import present
from dialer.settings import DialerSettings, described
from dialer.transfer import AgentLines
from dialer.trunk_watch import TrunkWatch
from dialer.trunks.baresip import BaresipRuntime
from dialer.trunks.drivers import Drivers
from dialer.trunks.options_ping import ping
from dialer.worker import Worker, WorkerLimits
from dialogs.conversation.intention import says_opt_out
from dialogs.phrases import Phrases
from dialogs.prompts import message_of, segments_of
from dialogs.rasa_engine import RasaEngine
from dialogs.understanding import is_whole_answer
from tts_asr.errors import SpeechError
from tts_asr.keyword_pool import KeywordPool
from tts_asr.keyword_spotters import load_keyword_spotter
from tts_asr.prompt_cache import PromptCache
from tts_asr.recognition_pool import RecognitionPool
from tts_asr.recognizers import load_recognizer
from tts_asr.settings import SpeechSettings
from tts_asr.voice_activity import VoiceActivity
from tts_asr.voices import load_synthesizer

log = structlog.get_logger(__name__)

_FLUSH_S = 10.0
_SIP_THREAD_DIED = 3


def main(
    calls: Annotated[
        int | None, typer.Option(help="Most calls at the same time (OUTBOUND_CALLS).")
    ] = None,
    show_settings: Annotated[
        bool, typer.Option("--show-settings", help="Print the settings as JSON and leave.")
    ] = False,
) -> None:
    """Place the calls that are due. SIGTERM lets running calls end, up to a limit."""
    try:
        settings = DialerSettings() if calls is None else DialerSettings(calls=calls)
    except ValidationError as error:
        print(f"dialer: {error}", file=sys.stderr)
        raise typer.Exit(2) from error
    if show_settings:
        print(described(settings))
        return
    logs.configure("dialer", settings.log_level)
    try:
        code = asyncio.run(_run(settings))
    except (CampaignError, DialerError, SpeechError) as error:
        log.critical("dialer_failed", error=str(error))
        raise typer.Exit(1) from error
    raise typer.Exit(code)


async def _run(settings: DialerSettings) -> int:
    """Work until told to stop; return the process's exit code."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(beating(settings.heartbeat_file))
        runtime = BaresipRuntime(settings.runtime_options())
        await runtime.start()
        stack.push_async_callback(runtime.close)
        worker = await stack.enter_async_context(_worker(settings, runtime))
        watching = asyncio.create_task(_stop_when_dead(runtime, stop), name="sip-watch")
        try:
            log.info("ready", calls=settings.calls, sip_port=settings.runtime_options().port)
            await worker.run(stop)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        return _SIP_THREAD_DIED if runtime.died.is_set() else 0


async def _stop_when_dead(runtime: BaresipRuntime, stop: asyncio.Event) -> None:
    await runtime.died.wait()
    stop.set()


@asynccontextmanager
async def _worker(settings: DialerSettings, runtime: BaresipRuntime) -> AsyncIterator[Worker]:
    clock = SystemClock()
    vault = Vault.from_file(settings.key_file)
    database = Database(database_url(settings))
    queue = PostgresQueue(
        database,
        vault,
        clock,
        policy=settings.governor_policy(),
        deadline=settings.deadline_rule(),
        breaker=settings.breaker_policy(),
    )
    record = PostgresRecord(database, clock, settings.deadline_rule())
    journal = Journal(record, queue, Backlog(settings.journal_dir, vault))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        equipment = await _equipment(settings, vault, journal, clock, stack)
        await stack.enter_async_context(_running(journal))
        await stack.enter_async_context(
            _watching(TrunkWatch(PostgresTrunkPings(database, vault, clock), ping))
        )
        drivers = Drivers(runtime, settings.pyvoip_options())
        stack.push_async_callback(drivers.close)
        desk = PostgresTransferDesk(database, vault, clock)
        equipped = replace(equipment, agents=AgentLines(desk, drivers.trunk_of))

        def call_of(attempt: PlannedAttempt, trunk: Trunk) -> Call:
            return Call(attempt, trunk, equipped)

        limits = WorkerLimits(
            settings.calls, settings.calls_per_second, settings.poll_s, settings.drain_s
        )
        worker = Worker(settings.worker, queue, journal, drivers.trunk_of, call_of, clock, limits)
        await stack.enter_async_context(present(Dialers(database, clock), worker, clock))
        yield worker


async def _equipment(
    settings: DialerSettings,
    vault: Vault,
    journal: Journal,
    clock: SystemClock,
    stack: AsyncExitStack,
) -> Equipment:
    speech = SpeechSettings()
    recognizer = await asyncio.to_thread(load_recognizer, speech)
    synthesizer = await asyncio.to_thread(load_synthesizer, speech)
    phrases = sorted({*MEANINGS, *MACHINE_PHRASES})
    spotter = await asyncio.to_thread(load_keyword_spotter, speech, recognizer, phrases)
    pool = stack.enter_context(RecognitionPool(recognizer, speech.recognizer_threads))
    engine = RasaEngine(str(settings.rasa_url))
    stack.push_async_callback(engine.aclose)
    return Equipment(
        engine=engine,
        recognition=pool,
        voice_activity=VoiceActivity,
        prompts=PromptCache(speech.data_dir / "prompts", synthesizer),
        voice=speech.voice,
        recordings=Recordings(settings.recordings_dir, vault),
        journal=journal,
        clock=clock,
        understanding=understanding(),
        manners=settings.manners(),
        keywords=KeywordPool(spotter, pool) if spotter is not None else None,
    )


@asynccontextmanager
async def _running(journal: Journal) -> AsyncIterator[None]:
    """Own the journal's task; at the end everything is in the store or on the disk."""
    writing = asyncio.create_task(journal.run(), name="journal")
    try:
        yield
    finally:
        await journal.flush(_FLUSH_S)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)


@asynccontextmanager
async def _watching(watch: TrunkWatch) -> AsyncIterator[None]:
    """Own the task that pings the trunks."""
    looking = asyncio.create_task(watch.run(), name="trunk-watch")
    try:
        yield
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


def understanding() -> Understanding:
    """Return what the dialogue side knows about words, for every call of this process."""
    return Understanding(is_whole_answer, segments_of, _phrase_of, says_opt_out, message_of)


def _phrase_of(questionnaire: Questionnaire, key: str) -> str:
    return Phrases(questionnaire.phrases)[key]


if __name__ == "__main__":
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(main)
    app()
