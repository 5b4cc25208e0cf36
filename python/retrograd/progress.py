"""How far training is: one line that moves in a terminal or a notebook, a line an epoch elsewhere."""

from __future__ import annotations

import sys
from time import monotonic
from typing import Any

_EVERY = 0.1  # seconds between two looks of a line that moves


def _in_notebook() -> bool:
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return type(get_ipython()).__name__ == "ZMQInteractiveShell"


class Progress:
    """An epoch callback that shows the epoch, the losses and the time that is left.

    In a terminal and in a notebook it is one line that is written again; in a file or a pipe a line an epoch.
    `stream`: where to, instead of standard output.
    """

    def __init__(self, stream: Any = None) -> None:
        self._stream = sys.stdout if stream is None else stream
        self._display: Any = None
        self._notebook = stream is None and _in_notebook()
        self._moving = not self._notebook and bool(getattr(self._stream, "isatty", lambda: False)())
        self._started, self._last, self._width = monotonic(), 0.0, 0
        self._line = ""

    def __call__(self, report: Any) -> None:
        self._line = self.text(report)
        now = monotonic()
        if not self._moving and not self._notebook:
            print(self._line, file=self._stream, flush=True)
        elif now - self._last >= _EVERY or report.epoch == report.epochs:
            self._last = now
            self._show()

    def text(self, report: Any) -> str:
        """The line of one report."""
        parts = [f"epoch {report.epoch}/{report.epochs}", f"loss {report.train_loss:.4g}"]
        if report.valid_loss is not None:
            parts.append(f"validation loss {report.valid_loss:.4g}")
            if report.metric != "loss" and report.valid_metric is not None:
                parts.append(f"{report.metric} {report.valid_metric:.4g}")
            if report.best:
                parts.append("*")
        used = monotonic() - self._started
        left = used / report.epoch * (report.epochs - report.epoch)
        if left >= 1:
            parts.append(f"{left:.0f} s left at most")
        return "  ".join(parts)

    def close(self) -> None:
        """Leaves the last line standing."""
        if not self._line:
            return
        if self._moving or self._notebook:
            self._show()
        if self._moving:
            print(file=self._stream, flush=True)
        self._line = ""

    def _show(self) -> None:
        if self._moving:
            print("\r" + self._line.ljust(self._width), end="", file=self._stream, flush=True)
            self._width = len(self._line)
            return
        from IPython.display import display

        shown = {"text/plain": self._line}
        if self._display is None:
            self._display = display(shown, raw=True, display_id=True)
        else:
            self._display.update(shown, raw=True)
