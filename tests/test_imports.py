"""Every module can be imported first: no circular import depends on what was imported before."""

import os
import subprocess
import sys

SCRIPT = """
import importlib, pkgutil, sys
import firs
failures = []
for module in sorted(each.name for each in pkgutil.walk_packages(firs.__path__, "firs.")):
    if module == "firs.__main__":
        continue
    for name in [name for name in sys.modules if name.split(".")[0] == "firs"]:
        del sys.modules[name]
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        if str(error.name).split(".")[0] == "firs":
            failures.append(f"{module}: {error}")
    except ImportError as error:
        failures.append(f"{module}: {error}")
print("\\n".join(failures), end="")
"""


def test_each_module_can_be_imported_first() -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ""
