"""`python -m deploy` is the `tracker` command."""

import sys

from deploy.cli import main

if __name__ == "__main__":
    sys.exit(main())
