"""A pytest plugin: the environment of the tests, set before Django's settings are read.

It names no database: `manage.py test` starts one and names it. Tests that need none run with plain pytest as well.
"""

import os

DEFAULTS = {
    "DJANGO_SETTINGS_MODULE": "simlab.config.settings",
    "SIMLAB_DEMO": "1",
    "SIMLAB_SECRET_KEY": "known to everybody, good for tests only",
    "SIMLAB_DEMO_PASSWORD": "only-for-the-tests",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MPLBACKEND": "svg",
}
NO_SERVER = {"PGHOST": "/nonexistent", "SIMLAB_BROKER_URL": "memory://"}

for _name, _value in DEFAULTS.items():
    os.environ.setdefault(_name, _value)
if not os.environ.get("SIMLAB_DATABASE_URL"):
    os.environ.setdefault("PGHOST", NO_SERVER["PGHOST"])
os.environ.setdefault("SIMLAB_BROKER_URL", NO_SERVER["SIMLAB_BROKER_URL"])
