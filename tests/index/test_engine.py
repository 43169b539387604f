import os
import subprocess
import sys

SHOW = """
import os
before = os.environ.get("OMP_WAIT_POLICY")
from firs.index.engine import faiss
print(before, os.environ.get("OMP_WAIT_POLICY"), faiss.IndexFlatIP(3).d)
"""


def run(**settings: str) -> tuple[str, str]:
    """What the script prints, and what OpenMP says of the settings it found when loaded."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OMP_")}
    done = subprocess.run(
        [sys.executable, "-c", SHOW],
        env=kept | {"OMP_DISPLAY_ENV": "true"} | settings,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip(), done.stderr


def test_threads_sleep_and_the_environment_stays_as_it_was() -> None:
    printed, openmp = run()
    assert printed == "None None 3"
    assert "OMP_WAIT_POLICY = 'PASSIVE'" in openmp


def test_a_setting_of_the_users_own_is_kept() -> None:
    printed, openmp = run(OMP_WAIT_POLICY="ACTIVE")
    assert printed == "ACTIVE ACTIVE 3"
    assert "OMP_WAIT_POLICY = 'ACTIVE'" in openmp
