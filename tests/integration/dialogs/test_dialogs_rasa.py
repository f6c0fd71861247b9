"""Real Rasa on PostgreSQL: it survives kill -9, fails loudly, and knows unseen phrases."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

from campaigns.attempt import PlannedAttempt
from campaigns.script import Script
from campaigns.store.database import Database
from campaigns.store.queue import PostgresQueue
from campaigns.vault import Vault
from dialogs.ports import AnswerGiven, DialogueError, HangUp, Heard, Listen, Reply
from dialogs.rasa_classifier import RasaClassifier
from dialogs.rasa_engine import RasaEngine
from dialogs.rasa_training import PROJECT_FILES, python_environment
from dialogs.settings import DialogueSettings
from dialogs.understanding.pinyin import syllables_of
from tests.fakes.clock import FakeClock
from tests.fakes.running_campaign import running_campaign
from tests.fakes.talk import CALLBACK
from tests.peers.rasa import ActionsProcess, RunningRasa, model_python, running_rasa

UNSEEN = Path(__file__).parents[2] / "data" / "nlu_unseen.tsv"
_PATIENT_S = 5.0


@pytest.fixture(scope="module")
def rasa(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRasa]:
    server, _, _ = postgres_url.rpartition("/")
    name = f"rasa_{uuid4().hex}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        try:
            with running_rasa(tmp_path_factory.mktemp("rasa"), f"{server}/{name}") as running:
                yield running
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def attempt(rasa: RunningRasa) -> UUID:
    attempt = uuid4()
    rasa.scripts.scripts[attempt] = Script(CALLBACK, {"name": "王女士"})
    return attempt


def heard(words: str) -> Heard:
    return Heard(words, syllables_of(words), 0.9, 1.0, 2.0)


def given_in(reply: Reply) -> list[tuple[str, object]]:
    steps = [step for step in reply.steps if isinstance(step, AnswerGiven)]
    return [(answer.question_id, answer.value) for answer in steps]


def question(reply: Reply) -> str | None:
    last = reply.steps[-1]
    assert isinstance(last, Listen)
    return last.question_id


async def test_a_conversation_survives_the_death_of_rasa(rasa: RunningRasa, attempt: UUID) -> None:
    async with RasaEngine(rasa.url, timeout_s=_PATIENT_S) as engine:
        await engine.start(attempt)
        assert question(await engine.turn(attempt, 1, heard("解决了"))) == "satisfaction"
        rasa.stop(signal.SIGKILL)
        with pytest.raises(DialogueError):
            await engine.turn(attempt, 2, heard("满意"))
        rasa.start()
        reply = await engine.turn(attempt, 2, heard("满意"))
    assert given_in(reply) == [("satisfaction", 4)]


async def test_a_conversation_survives_the_death_of_the_actions(
    rasa: RunningRasa, database: Database, database_url: str, tmp_path: Path
) -> None:
    """The real process on the real database, killed between two turns and within one."""
    vault = Vault.from_file(DialogueSettings(data_dir=tmp_path).key_file)
    attempt = await _open_attempt(database, vault)
    rasa.actions.stop()
    try:
        with ActionsProcess(tmp_path, database_url, rasa.settings.actions_port) as actions:
            async with RasaEngine(rasa.url, timeout_s=_PATIENT_S) as engine:
                assert question(await engine.start(attempt)) == "solved"
                assert question(await engine.turn(attempt, 1, heard("解决了"))) == "satisfaction"
                actions.kill()
                with pytest.raises(DialogueError):
                    await engine.turn(attempt, 2, heard("满意"))
                actions.start()
                reply = await engine.turn(attempt, 2, heard("满意"))
                assert given_in(reply) == [("satisfaction", 4)]
                assert question(reply) == "channels"
                again = await engine.turn(attempt, 2, heard("满意"))
                assert given_in(again) == [("satisfaction", 4)], "asked twice, walked once"
                turn = asyncio.create_task(engine.turn(attempt, 3, heard("网页")))
                actions.kill()
                with contextlib.suppress(DialogueError):
                    await turn
                actions.start()
                last = await engine.turn(attempt, 3, heard("网页"))
        assert given_in(last) == [("channels", ["web"])]
        assert isinstance(last.steps[-1], HangUp)
    finally:
        rasa.actions.start()


async def _open_attempt(database: Database, vault: Vault) -> UUID:
    clock = FakeClock()
    await running_campaign(database, vault, clock, contacts=1)
    queue = PostgresQueue(database, vault, clock)
    (lease,) = await queue.lease("worker", 1)
    attempt = await queue.start_attempt(lease)
    assert isinstance(attempt, PlannedAttempt)
    return attempt.id


async def test_interruptions_are_known_by_their_sound(rasa: RunningRasa, attempt: UUID) -> None:
    async with RasaEngine(rasa.url, timeout_s=_PATIENT_S) as engine:
        await engine.start(attempt)
        said = ["您好请问你是哪里", "你们不会是骗子吧", "刚刚没听见再说一遍", "我正在开会呢"]
        intents = [
            (await engine.turn(attempt, number, heard(words))).intent
            for number, words in enumerate(said, 1)
        ]
    assert intents == ["ask_identity", "ask_fraud", "repeat", "busy_now"]


async def test_slow_actions_are_an_error_in_time_and_the_turn_can_be_asked_again(
    rasa: RunningRasa,
) -> None:
    attempt = uuid4()
    rasa.scripts.scripts[attempt] = Script(CALLBACK, {})
    rasa.scripts.delay_s = 6.0
    try:
        async with RasaEngine(rasa.url) as engine:
            began = time.monotonic()
            with pytest.raises(DialogueError):
                await engine.start(attempt)
            assert time.monotonic() - began < 4.8
    finally:
        rasa.scripts.delay_s = 0.0
    async with RasaEngine(rasa.url, timeout_s=_PATIENT_S) as engine:
        assert question(await engine.start(attempt)) == "solved"


def test_the_classifier_runs_without_the_server(rasa: RunningRasa) -> None:
    with RasaClassifier(rasa.settings, rasa.model) as classifier:
        first = classifier.rank(" ".join(syllables_of("你们是哪里打来的")))
        second = classifier.rank("/ " + " ".join(syllables_of("我正在开会呢")))
    assert first[0].name == "ask_identity"
    assert second[0].name == "busy_now"


def test_unseen_phrases_are_understood(rasa: RunningRasa) -> None:
    with UNSEEN.open(encoding="utf-8", newline="") as file:
        cases = [(row["intent"], row["text"]) for row in csv.DictReader(file, delimiter="\t")]
    texts = [" ".join(syllables_of(text)) for _, text in cases] + [text for _, text in cases]
    done = subprocess.run(
        [model_python(rasa.settings), str(PROJECT_FILES / "evaluate.py"), str(rasa.model)],
        input="\n".join(texts) + "\n",
        capture_output=True,
        text=True,
        timeout=120,
        env=python_environment(),
        check=True,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    best = [next(n for n, _ in line["ranking"] if n != "nlu_fallback") for line in lines]
    wanted = [intent for intent, _ in cases]
    heard_as_pinyin, heard_as_text = best[: len(cases)], best[len(cases) :]
    assert len(heard_as_text) == len(cases)
    for guesses in (heard_as_pinyin, heard_as_text):
        right = sum(a == b for a, b in zip(wanted, guesses, strict=True))
        assert right / len(cases) >= 0.92, f"{right} of {len(cases)}"
