"""Runs a command that must not outlive its parent: `tether.py PARENT_PID COMMAND…`.

On Linux the kernel sends SIGTERM to the command when the parent dies (prctl(2),
PR_SET_PDEATHSIG), even by SIGKILL; the setting survives exec. Elsewhere it only runs the command.
Standard library only: it is started with `python -I -S` to cost next to nothing.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:  # it died before the tether was tied
        sys.exit(0)
    os.execvp(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main()
