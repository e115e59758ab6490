"""Fills a fresh demo with virtual people: clinicians take the demo study, trainees the training study.

Run as `python -m simlab.appliance.rehearse CLINICIANS` in the environment of the demo, while its web site runs.
"""

import sys

import django
from django.core.management import call_command
from django.core.management.base import CommandError

TRAINEES = 12


def main(clinicians: int) -> int:
    django.setup()
    try:
        call_command("rehearse", "demo", clinicians=clinicians, report=True)
        print(f"the report is ready; {TRAINEES} virtual trainees now sit the training study", flush=True)
        call_command("rehearse", "training", clinicians=TRAINEES)
        call_command("load_cohort", "training", educator="educator@demo.invalid", title="Demonstration cohort")
    except CommandError as fault:
        print(fault, file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
