"""How far long work is: a line in a terminal, or in a notebook."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

# Work that is shorter shows nothing.
_SHORT = 1.0
_CELLS = 20


def _kernel() -> bool:
    """Whether this is a notebook."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return type(shell).__name__ == "ZMQInteractiveShell"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


class Bar:
    """A line such as ``fit: replicates 41%|████        | 410/1000 [00:02<00:03, 180.2/s]``."""

    def __init__(self, command: str) -> None:
        self.command = command
        self.begun = self.shown = time.monotonic()
        self.stage, self.stage_begun = "", self.begun
        self.handle: Any = None
        self.is_shown = False
        self.in_notebook = _kernel()

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if what != self.stage:
            self.stage, self.stage_begun = what, now
        if now - self.begun < _SHORT or now - self.shown < 0.1:
            return
        self.shown = now
        self._write(self._line(done, total, now - self.stage_begun))

    def _line(self, done: int, total: int, took: float) -> str:
        if not total:
            return f"{self.command}: {self.stage} [{_clock(took)}]"
        share = min(done / total, 1.0)
        cells = "█" * int(share * _CELLS)
        rate = done / took if took > 0 else 0.0
        left = f"<{_clock((total - done) / rate)}, {rate:.1f}/s" if rate else ""
        return (
            f"{self.command}: {self.stage} {share:4.0%}|{cells:<{_CELLS}}| {done}/{total} [{_clock(took)}{left}]"
        )

    def _write(self, line: str) -> None:
        self.is_shown = True
        if not self.in_notebook:
            sys.stderr.write(f"\r\x1b[K{line}")
            sys.stderr.flush()
            return
        from IPython.display import display  # type: ignore[import-not-found, unused-ignore]

        content = {"text/plain": line}
        if self.handle is None:
            self.handle = display(content, raw=True, display_id=True)
        else:
            self.handle.update(content, raw=True)

    def close(self) -> None:
        """Take the line away."""
        if self.is_shown and not self.in_notebook:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
        elif self.handle is not None:
            self.handle.update({"text/plain": ""}, raw=True)


def watched(command: str, quiet: bool, work: Callable[[Callable[[str, int, int], None] | None], Any]) -> Any:
    """Do some work, and show how far it is where somebody looks."""
    if quiet or not (_kernel() or (sys.stderr is not None and sys.stderr.isatty())):
        return work(None)
    bar = Bar(command)
    try:
        return work(bar)
    finally:
        bar.close()
