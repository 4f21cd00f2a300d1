"""MLServer's environment, made once: its pins (pydantic, FastAPI) do not fit beside ours."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from servers import HERE, ROOT

REQUIREMENTS = HERE / "mlserver-requirements.txt"
ENVIRONMENT = ROOT / ".tools" / "mlserver"
PYTHON_VERSION = "3.11"


def mlserver_python() -> Path:
    """The Python of MLServer's environment, which is made, or made anew when its requirements have changed."""
    python = ENVIRONMENT / "bin" / "python"
    installed = ENVIRONMENT / "requirements-installed.txt"
    if installed.is_file() and installed.read_text() == REQUIREMENTS.read_text():
        return python
    print("Making MLServer's environment, which takes about a minute the first time.", flush=True)
    uv = shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")
    subprocess.run([uv, "venv", "-q", "--clear", "--python", PYTHON_VERSION, str(ENVIRONMENT)], check=True)
    subprocess.run([uv, "pip", "install", "-q", "--python", str(python), "-r", str(REQUIREMENTS)], check=True)
    installed.write_text(REQUIREMENTS.read_text())
    return python
