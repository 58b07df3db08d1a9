"""The command `nbar`."""

import signal
import sys

from nbar import _nbar


def main() -> int:
    """Run the command with the words of the terminal, and return its exit code."""
    # The command has its own way to stop at Ctrl-C, and ends quietly where nobody reads on.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _nbar.main(["nbar", *sys.argv[1:]])
