"""The `tracker` command. Nothing heavy is imported before it is known which command runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

FAILED = 1
WRONG_USAGE = 2
INTERRUPTED = 130
NO_COMMAND: tuple[list[str], ...] = ([], ["--help"], ["-h"])


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 fine, 1 failed, 2 wrong usage, 130 interrupted."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words in (["--version"], ["-V"]):
        from importlib.metadata import version

        print(f"tracker {version('touchpoint-tracker')}")
        return 0
    try:
        return _run(words)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # `tracker logs | head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(words: list[str]) -> int:
    from deploy.cli.app import build
    from deploy.cli.output import render_error

    try:
        code = build(for_listing=words in NO_COMMAND)(words)
    except SystemExit as ended:  # wrong usage: cyclopts has said what
        return ended.code if isinstance(ended.code, int) else FAILED
    except Exception as error:  # one with a remedy is told, any other is a defect and goes on
        told = _told(error)
        if not (hasattr(told, "message") and hasattr(told, "remedy")):
            raise  # a defect: its traceback is what is wanted
        render_error(told, as_document="--json" in words)
        return WRONG_USAGE if type(told).__name__ == "SettingInvalid" else FAILED
    return code if isinstance(code, int) else 0


def _told(error: Exception) -> Exception:
    """What pydantic refuses of the environment, as the error of ours that names the variable."""
    if type(error).__name__ != "ValidationError":
        return error
    from pydantic import ValidationError

    from schemas.refused_settings import setting_invalid

    return (isinstance(error, ValidationError) and setting_invalid(error)) or error
