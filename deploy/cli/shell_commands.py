"""What the shell itself asks for."""

from __future__ import annotations

from typing import Literal


def completion(shell: Literal["bash", "zsh", "fish"], /) -> None:
    """Print the script that completes `tracker` commands and options with the tab key.

    For example:

        eval "$(tracker completion bash)"
        tracker completion zsh > "${fpath[1]}/_tracker"
        tracker completion fish > ~/.config/fish/completions/tracker.fish

    Parameters
    ----------
    shell
        The shell to write it for.
    """
    from deploy.cli.app import build

    print(build().generate_completion(prog_name="tracker", shell=shell))
