"""The trained classifier of the dialogue, asked for many texts at once."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence

from dialogs.conversation import Intent
from dialogs.rasa_training import PROJECT_FILES, python_environment, train
from dialogs.settings import DialogueSettings

_TIMEOUT_S = 600


def rankings(texts: Sequence[str]) -> list[tuple[Intent, ...]]:
    """Return Rasa's ranking of each text, best first, with the model the service would use; it is
    trained if need be. A text without a word gets no ranking."""
    settings = DialogueSettings()
    model = train(settings, lambda _line: None)
    done = subprocess.run(
        [str(settings.rasa_python.absolute()), str(PROJECT_FILES / "evaluate.py"), str(model)],
        input="".join(f"{text or '…'}\n" for text in texts),
        stdout=subprocess.PIPE,
        text=True,
        timeout=_TIMEOUT_S,
        env=python_environment(),
        check=True,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if len(lines) != len(texts):
        raise RuntimeError(f"the classifier answered {len(lines)} of {len(texts)} texts")
    return [tuple(Intent(name, share) for name, share in line["ranking"]) for line in lines]
