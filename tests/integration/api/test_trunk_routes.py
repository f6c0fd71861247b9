"""Trunks over HTTP and on the command line: all of a trunk, its mistakes, how it stands."""

from __future__ import annotations

import json

import httpx
import psycopg

from api.use_cases import UseCases
from tests.integration.api.test_command_line import CommandLine, _logging_of_the_tests, outbound

__all__ = ["_logging_of_the_tests", "outbound"]

CARRIER = {
    "host": "sip.example.cn",
    "port": 5061,
    "max_calls": 30,
    "calls_per_second": 2.5,
    "transport": "tls",
    "username": "07715552366",
    "password": "secret-1",
    "registration": True,
    "outbound_proxy": "sbc.example.cn:5061",
    "srtp": "sdes",
    "codecs": ["pcma", "pcmu"],
    "group": "carriers",
    "prefixes": ["86771"],
    "strip_digits": 2,
    "dial_prefix": "0",
}


async def test_a_trunk_is_put_shown_and_changed(
    client: httpx.AsyncClient, use_cases: UseCases
) -> None:
    made = await client.put("/api/v1/trunks/carrier", json=CARRIER)
    assert made.status_code == 200, made.text
    assert "secret-1" not in made.text
    shown = (await client.get("/api/v1/trunks/carrier")).json()
    assert shown | {"password": "secret-1"} | CARRIER == shown | {"password": "secret-1"}
    assert shown["condition"]["breaker"] == "closed"
    assert shown["condition"]["alarm"] == ""

    changed = {**CARRIER, "max_calls": 5}
    del changed["password"]
    await client.put("/api/v1/trunks/carrier", json=changed)
    stored = await use_cases.trunks.get("carrier")
    assert (stored.max_calls, stored.password) == (5, "secret-1")
    await client.put("/api/v1/trunks/carrier", json={**changed, "password": ""})
    assert (await use_cases.trunks.get("carrier")).password == ""
    assert (await client.get("/api/v1/trunks/nowhere")).status_code == 404


async def test_every_mistake_is_named(client: httpx.AsyncClient) -> None:
    wrong = {**CARRIER, "username": "", "outbound_proxy": "sip:x", "prefixes": ["+86"]}
    refused = await client.put("/api/v1/trunks/carrier", json=wrong)
    assert refused.status_code == 422
    for field in ("username", "outbound_proxy", "prefix"):
        assert field in refused.text
    assert "secret-1" not in refused.text


async def test_an_open_breaker_is_an_alarm_and_is_reset(
    client: httpx.AsyncClient, database_url: str
) -> None:
    await client.put("/api/v1/trunks/carrier", json=CARRIER)
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE trunk_conditions SET breaker = 'open', open_until = now()")
    (shown,) = (await client.get("/api/v1/trunks")).json()["items"]
    assert "too many calls failed" in shown["condition"]["alarm"]
    reset = await client.post("/api/v1/trunks/carrier/reset-breaker")
    assert reset.json()["breaker"] == "closed"


def test_the_command_line_keeps_what_is_not_given(outbound: CommandLine) -> None:
    made = outbound.json(
        "trunk", "set", "carrier", "sip.example.cn", "--max-calls", "30", "--username", "u",
        "--password", "secret-1", "--register", "--codecs", "pcma,pcmu,g722",
        "--calls-per-second", "2", "--prefixes", "86771, 8610", "--group", "carriers",
    )  # fmt: skip
    assert "password" not in made
    assert (made["prefixes"], made["codecs"]) == (["86771", "8610"], ["pcma", "pcmu", "g722"])
    changed = outbound.json("trunk", "set", "carrier", "sip2.example.cn", "--calls-per-second", "0")
    assert (changed["host"], changed["max_calls"]) == ("sip2.example.cn", 30)
    assert (changed["registration"], changed["calls_per_second"]) == (True, None)
    (listed,) = outbound.json("trunk", "list")
    assert (listed["name"], listed["condition"]["breaker"]) == ("carrier", "closed")
    assert "secret-1" not in outbound.run("trunk", "show", "carrier").output
    assert "0/30" in outbound.run("trunk", "list").output
    assert outbound.json("trunk", "reset", "carrier")["breaker"] == "closed"


def test_the_command_line_names_a_mistake(outbound: CommandLine) -> None:
    result = outbound.run("trunk", "set", "carrier", "sip.example.cn", "--register")
    assert result.exit_code != 0
    assert "registration needs a username" in result.output


def test_the_doctor_names_a_broken_trunk(outbound: CommandLine, database_url: str) -> None:
    outbound.json("trunk", "set", "carrier", "sip.example.cn")
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE trunk_conditions SET breaker = 'open', open_until = now()")
    checks = {each["name"]: each for each in json.loads(outbound.run("doctor", "--json").stdout)}
    assert "too many calls failed" in checks["trunk carrier"]["detail"]
