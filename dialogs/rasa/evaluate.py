"""Classify texts with a trained model: `python evaluate.py MODEL < texts`, one JSON line a text.

Runs in Rasa's environment; used to measure how often unseen phrases are understood.
"""

from __future__ import annotations

import asyncio
import json
import sys

from rasa.core.agent import Agent


async def _classify(model: str) -> None:
    agent = Agent.load(model)
    for line in sys.stdin:
        parsed = await agent.parse_message(line.rstrip("\n"))
        ranking = [
            [each["name"], round(each["confidence"], 4)] for each in parsed["intent_ranking"]
        ]
        print(json.dumps({"text": line.rstrip("\n"), "ranking": ranking}, ensure_ascii=False))


if __name__ == "__main__":
    asyncio.run(_classify(sys.argv[1]))
