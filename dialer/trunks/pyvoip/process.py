"""The process that runs pyVoIP for one trunk: `python -m dialer.trunks.pyvoip.process`.

The only module that imports pyVoIP. Messages come on standard input, events and sound go to
standard output; the end of the input is the end of the process. pyVoIP keeps everybody waiting
while `call()` waits for the first reply, so that wait has a limit; whoever runs this process
watches `ALIVE` and kills it when it hangs all the same.
"""

from __future__ import annotations

import contextlib
import os
import queue
import random
import select
import socket
import threading
import time
import warnings
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from dialer.trunks.pyvoip.pipe import Kind, Message, heard, read, with_data
from dialer.trunks.pyvoip.sound import Heard, Said

_TICK_S = 0.02
_ALIVE_EVERY_S = 0.5
_ABANDONED_FOR_S = 180.0
"""A call given up while it rang cannot be cancelled: for so long an answer to it is hung up."""


class ImpatientSocket:
    """pyVoIP's socket, which raises TimeoutError where `call()` would wait beyond `deadline`."""

    def __init__(self, plain: socket.socket) -> None:
        self._plain = plain
        self.deadline = float("inf")

    def recv(self, size: int) -> bytes:
        """Receive a datagram."""
        if self._plain.getblocking():
            left_s = max(0.0, min(self.deadline - time.monotonic(), 3600.0))
            if not select.select([self._plain], [], [], left_s)[0]:
                raise TimeoutError("no usable first reply")
        return self._plain.recv(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)


@dataclass(slots=True)
class PhoneCall:
    """One call of pyVoIP and what is kept about it; touched by the ticking thread."""

    number: int
    call: Any
    heard: Heard = field(default_factory=Heard)
    said: Said = field(default_factory=Said)
    answered: bool = False
    abandoned_at: float | None = None


class Telephone:
    """pyVoIP's phone for one peer; `serve` until the input ends."""

    def __init__(self, commands: BinaryIO, events: BinaryIO) -> None:
        self._commands = commands
        self._events = events
        self._calls: dict[int, PhoneCall] = {}
        self._given_up: set[int] = set()
        self._dials: queue.Queue[Message] = queue.Queue()
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._dialling_since: float | None = None
        self._patience_s = 5.0

    def serve(self) -> None:
        """Open the phone, then carry out commands."""
        opening = read(self._commands)
        if opening is None or opening.kind is not Kind.OPEN:
            return
        try:
            self._open(opening.data)
        except Exception as error:
            self._send(Message(Kind.FAILED, body=repr(error)[:500].encode()))
            return
        self._send(Message(Kind.READY))
        for work in (self._dial_for_ever, self._tick_for_ever):
            threading.Thread(target=work, daemon=True, name=work.__name__).start()
        while (command := read(self._commands)) is not None:
            self._obey(command)
        with self._lock:
            for call in list(self._calls.values()):
                self._give_up(call.number, call)

    def _open(self, peer: dict[str, Any]) -> None:
        from pyVoIP.VoIP import VoIPPhone  # first: its other modules import each other
        from pyVoIP.SIP import Counter  # isort: skip

        local = _address_towards(peer["host"], peer["port"])
        first, last = peer["rtp_ports"]
        self._patience_s = float(peer["patience_s"])
        phone = VoIPPhone(
            peer["host"], peer["port"], "", peer["password"],
            myIP=local, sipPort=_free_port(local), rtpPortLow=first, rtpPortHigh=last,
        )  # fmt: skip
        # A direct peer takes no registration, and pyVoIP knows no other way to leave it out.
        phone.sip.register = lambda: True
        # pyVoIP counts Call-IDs from one: a restart would repeat them.
        phone.sip.callID = Counter(random.getrandbits(62))
        phone.start()
        self._socket = ImpatientSocket(phone.sip.s)
        phone.sip.s = phone.sip.out = self._socket
        _receive_at_once(phone.sip)
        self._phone = phone

    def _obey(self, command: Message) -> None:
        if command.kind is Kind.DIAL:
            self._dials.put(command)
            return
        with self._lock:
            call = self._calls.get(command.call)
            if command.kind is Kind.HANG_UP:
                self._give_up(command.call, call)
            elif call is not None and command.kind is Kind.SAY:
                call.said.append(command.body)
            elif call is not None and command.kind is Kind.FLUSH:
                call.said.flush()

    def _give_up(self, number: int, call: PhoneCall | None) -> None:
        if call is None:
            self._given_up.add(number)
        elif call.answered:
            self._hang_up(call)
        else:
            call.abandoned_at = time.monotonic()

    def _hang_up(self, call: PhoneCall) -> None:
        self._calls.pop(call.number, None)
        # It raises where the far end hung up in the same moment.
        with contextlib.suppress(Exception):
            call.call.hangup()
        self._send(with_data(Kind.ENDED, call.number, who="local", reason="hung up"))

    # Dialling ------------------------------------------------------------------------------

    def _dial_for_ever(self) -> None:
        while True:
            command = self._dials.get()
            with self._lock:
                if command.call in self._given_up:
                    self._given_up.discard(command.call)
                    continue
            self._dialling_since = time.monotonic()
            self._dial(command.call, command.data)
            self._dialling_since = None

    def _dial(self, number: int, request: dict[str, Any]) -> None:
        self._phone.sip.username = request["caller"]
        self._socket.deadline = time.monotonic() + self._patience_s
        try:
            call = self._phone.call(request["number"])
        except Exception as error:
            self._given_up.discard(number)
            reason = f"pyVoIP could not say what became of it: {type(error).__name__}"
            self._send(with_data(Kind.ENDED, number, who="unknown", reason=reason))
            return
        placed = PhoneCall(number, call)
        with self._lock:
            if number in self._given_up:
                self._given_up.discard(number)
                placed.abandoned_at = time.monotonic()
            self._calls[number] = placed
        self._send(Message(Kind.TRYING, number, str(call.call_id).encode()))

    # Following -----------------------------------------------------------------------------

    def _tick_for_ever(self) -> None:
        due = alive_due = time.monotonic()
        while True:
            with self._lock:
                for call in list(self._calls.values()):
                    self._follow(call)
            if due >= alive_due:
                since = self._dialling_since
                blocked_s = 0.0 if since is None else time.monotonic() - since
                self._send(with_data(Kind.ALIVE, blocked_s=round(blocked_s, 1)))
                alive_due = due + _ALIVE_EVERY_S
            due = max(due + _TICK_S, time.monotonic() - _TICK_S)
            time.sleep(max(0.0, due - time.monotonic()))

    def _follow(self, call: PhoneCall) -> None:
        state = call.call.state.value
        if state == "ANSWERED" and not call.answered:
            self._answered(call)
        if call.answered:
            while digit := call.call.get_dtmf():
                self._send(Message(Kind.KEY, call.number, digit.encode()))
            self._send(heard(call.number, call.said.left, call.heard.take()))
        if state == "ENDED":
            self._calls.pop(call.number, None)
            reason = "hung up by the far end" if call.answered else "refused; pyVoIP hides the code"
            self._send(with_data(Kind.ENDED, call.number, who="remote", reason=reason))
        elif time.monotonic() - (call.abandoned_at or time.monotonic()) > _ABANDONED_FOR_S:
            self._calls.pop(call.number, None)

    def _answered(self, call: PhoneCall) -> None:
        for client in call.call.RTPClients:
            client.pmin, client.pmout = call.heard, call.said
        call.answered = True
        # It takes any codec for an answer and then sends u-law under that name.
        garbled = any(str(client.preference) != "PCMU" for client in call.call.RTPClients)
        if garbled or call.abandoned_at is not None:
            self._hang_up(call)
        else:
            self._send(Message(Kind.ANSWERED, call.number))

    def _send(self, message: Message) -> None:
        with self._sending:
            try:
                self._events.write(message.encoded())
                self._events.flush()
            except OSError:  # the dialer is gone
                os._exit(1)


def _receive_at_once(sip: Any) -> None:
    """pyVoIP begins to receive a second after its start, when a 200 may have come twice."""
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer) and thread.function == sip.recv_loop:
            thread.cancel()
    threading.Thread(target=sip.recv_loop, daemon=True, name="sip").start()


def _address_towards(host: str, port: int) -> str:
    """Return the local address packets to this peer leave from."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((host, port))
        return str(probe.getsockname()[0])


def _free_port(address: str) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def main() -> None:
    """Keep the pipes to ourselves: pyVoIP prints and warns with whole numbers in it."""
    warnings.simplefilter("ignore")
    commands = os.fdopen(os.dup(0), "rb")
    events = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    try:
        Telephone(commands, events).serve()
    finally:
        os._exit(0)  # pyVoIP's threads never end by themselves


if __name__ == "__main__":
    main()
