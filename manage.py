#!/usr/bin/env python3
"""The one command of SimLab: `demo`, `test`, and all of Django's own commands.

It makes its own environment (.venv beside this file) and runs itself again inside it. This file must parse on any
Python 3, so that an old one is told plainly that it is too old.
"""

import os
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))
OLDEST = (3, 11)


def refuse_old_python():
    if sys.version_info < OLDEST:
        sys.exit(
            "SimLab needs Python %d.%d or newer, and this is Python %d.%d: install a newer one, or get uv "
            "(docs.astral.sh/uv) and run `uv run --no-project --python 3.13 manage.py demo`."
            % (OLDEST + sys.version_info[:2])
        )


if __name__ == "__main__":
    refuse_old_python()
    sys.path.insert(0, ROOT)
    os.chdir(ROOT)
    from simlab.appliance.commands import main

    sys.exit(main(sys.argv[1:]))
