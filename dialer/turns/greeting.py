"""When the bot may open its mouth after the answer: after the person's first words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Greeting:
    """`silence_s`: start after so much silence since the answer (many people say hello only after
    a second, and both speaking at once is worse than 200 ms more); `after_words_s`: after so much
    silence behind the person's first words; `deadline_s`: start whatever happens."""

    silence_s: float = 1.2
    after_words_s: float = 0.4
    deadline_s: float = 5.0

    def may_start(self, now_s: float, began_s: float | None, last_voiced_s: float) -> bool:
        """Decide at `now_s` since the answer; `began_s` None: nobody has spoken yet."""
        if now_s >= self.deadline_s:
            return True
        if began_s is None:
            return now_s >= self.silence_s
        return now_s - last_voiced_s >= self.after_words_s
