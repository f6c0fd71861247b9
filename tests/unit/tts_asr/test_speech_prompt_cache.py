"""Prompts are rendered once, found again by every process, and never half written."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.fakes.voice import HummingVoice
from tts_asr.ports import Clip
from tts_asr.prompt_cache import PromptCache


def test_renders_once_and_finds_again(tmp_path: Path) -> None:
    voice = HummingVoice()
    cache = PromptCache(tmp_path, voice)
    assert cache.find("您好", "alto") is None
    clip = cache.render("您好", "alto")
    assert clip.rate == 8000
    assert cache.render("您好", "alto") == clip == cache.find("您好", "alto")
    assert voice.said == ["您好"]


def test_another_process_finds_it_on_disk(tmp_path: Path) -> None:
    clip = PromptCache(tmp_path, HummingVoice()).render("您好", "alto")
    silent = HummingVoice()
    assert PromptCache(tmp_path, silent).find("您好", "alto") == clip
    assert silent.said == []


@pytest.mark.parametrize(
    ("text", "voice", "speed", "version"),
    [
        ("您好吗", "alto", 1.0, "1"),
        ("您好", "bass", 1.0, "1"),
        ("您好", "alto", 0.8, "1"),
        ("您好", "alto", 1.0, "2"),
    ],
)
def test_anything_that_sounds_different_is_another_clip(
    tmp_path: Path, text: str, voice: str, speed: float, version: str
) -> None:
    PromptCache(tmp_path, HummingVoice()).render("您好", "alto")
    assert PromptCache(tmp_path, HummingVoice(version)).find(text, voice, speed) is None


def test_only_the_owner_reads_it(tmp_path: Path) -> None:
    folder = tmp_path / "prompts"
    PromptCache(folder, HummingVoice()).render("王女士您好", "alto")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert [stat.S_IMODE(path.stat().st_mode) for path in files] == [0o600]


def test_what_memory_forgot_comes_from_disk(tmp_path: Path) -> None:
    cache = PromptCache(tmp_path, HummingVoice(), memory_bytes=10_000)
    clips = {text: cache.render(text, "alto") for text in ("一", "一二", "一二三", "一二三四")}
    assert {text: cache.find(text, "alto") for text in clips} == clips


class _BreakingVoice(HummingVoice):
    def synthesize(self, text: str, voice: str, speed: float = 1.0) -> Clip:
        raise RuntimeError("no voice")


def test_a_failed_rendering_leaves_nothing(tmp_path: Path) -> None:
    cache = PromptCache(tmp_path, _BreakingVoice())
    with pytest.raises(RuntimeError, match="no voice"):
        cache.render("您好", "alto")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert cache.find("您好", "alto") is None


def test_many_threads_get_the_same_clip(tmp_path: Path) -> None:
    cache = PromptCache(tmp_path, HummingVoice())
    with ThreadPoolExecutor(8) as pool:
        clips = set(pool.map(lambda _: cache.render("您好", "alto"), range(16)))
    assert len(clips) == 1
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
