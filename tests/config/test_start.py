import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_first_page_does_not_wait_for_the_packages_of_the_statistics():
    code = """
import simlab.appliance.pytest_settings, sys, warnings
warnings.simplefilter("ignore")
import simlab.config.wsgi
from django.urls import get_resolver
get_resolver().url_patterns
heavy = {"numpy", "scipy", "pandas", "statsmodels", "matplotlib", "pyarrow"}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
