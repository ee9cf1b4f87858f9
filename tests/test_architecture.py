"""The contracts of the house: who may import whom, and what the default path never loads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_import_contracts_hold() -> None:
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([str(linter)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_duckdb_is_opened_in_one_room_only() -> None:
    for path in [*(ROOT / "monitor").rglob("*.py"), *(ROOT / "dashboard").rglob("*.py")]:
        if path.parent.name in ("db", "store", "readmodel"):
            continue
        assert "import duckdb" not in path.read_text(encoding="utf-8"), path


def test_the_filters_load_neither_torch_nor_transformers() -> None:
    code = (
        "import io, sys\n"
        "from monitor import classifiers, filters\n"
        'line = b\'{"text": "Lomvi fikk bot.", "target": "Lomvi"}\\n\'\n'
        "rows = list(filters.judge_lines(io.BytesIO(line), None, classifiers.load('onnx'), print))\n"
        "assert len(rows) == 1, rows\n"
        "loaded = {'torch', 'transformers', 'prefect', 'streamlit'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_flow_files_stay_small() -> None:
    for path in (ROOT / "flows").glob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) < 60, path
