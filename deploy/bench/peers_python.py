"""The environment of the peers: quixstreams holds pydantic below what the tracker uses, so it cannot be ours."""

import subprocess
import venv
from pathlib import Path

from deploy.settings import LocalSettings

_LOCK = Path(__file__).parent / "peers" / "requirements.lock"


def environment() -> Path:
    """The interpreter of the peers, in an environment of its own; made and filled once."""
    folder = LocalSettings().folder / "bench" / "peers"
    python, done = folder / "bin" / "python", folder / "installed"
    wanted = _LOCK.read_bytes()
    if not done.exists() or done.read_bytes() != wanted:
        venv.create(folder, with_pip=True, clear=True)
        pip = (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r")
        subprocess.run((*pip, str(_LOCK)), check=True)
        done.write_bytes(wanted)
    return python
