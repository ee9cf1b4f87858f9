"""The command line: exit codes, messages, JSON, and processes that stop cleanly."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests.command import call
from tests.conftest import FeedServer, free_port

OMDOMME = [sys.executable, "-m", "monitor.cli"]
ROOT = Path(__file__).parent.parent


def test_the_starter_file_passes_its_own_check(tmp_path: Path) -> None:
    assert call("init", cwd=tmp_path).returncode == 0
    done = call("check", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    again = call("init", cwd=tmp_path)
    assert again.returncode == 1 and "--force" in again.stderr


def test_check_names_file_line_field_and_remedy_several_at_once(tmp_path: Path) -> None:
    path = tmp_path / "brand.yaml"
    path.write_text(
        'name: ""\nalias: [Fjord]\nvalues:\n  - {id: value.1, text: ""}\n  - {id: value.1, text: "B"}\n'
        "recipients: [{address: not-an-address}]\nsources: [{id: a, kind: carrier_pigeon}]\n",
        encoding="utf-8",
    )
    done = call("check", str(path), "--json")
    assert done.returncode == 1
    problems = json.loads(done.stdout)
    errors = [p for p in problems if p["level"] == "error"]
    assert len(errors) >= 4
    assert all(p["line"] for p in errors) and all(p["remedy"] for p in errors)
    assert {p["line"] for p in errors} >= {1, 4, 6, 7}
    assert any(p["level"] == "warning" and "alias" in p["field"] for p in problems)


def test_a_broken_brand_file_stops_run_with_exit_code_1(tmp_path: Path) -> None:
    (tmp_path / "brand.yaml").write_text("name: [", encoding="utf-8")
    done = call("run", cwd=tmp_path)
    assert done.returncode == 1 and "brand.yaml:" in done.stderr and "Traceback" not in done.stderr


def test_run_and_status_in_json(brand_file: Path, feed: FeedServer) -> None:
    feed.add("/a", "Fjordbank får bot", "Fjordbank må betale.")
    done = call("run", "--brand", str(brand_file), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["collect"]["counts"]["new"] == 1
    status = json.loads(call("status", "--brand", str(brand_file), "--json").stdout)
    assert status["mentions"] == 1 and status["sources"][0]["state"] == "ok"
    feed.status = 404
    failed = call("run", "--brand", str(brand_file), "--json")
    assert failed.returncode == 3 and "avisa" in failed.stderr


def test_export_is_safe_for_spreadsheets(brand_file: Path, feed: FeedServer, tmp_path: Path) -> None:
    feed.add("/a", '=HYPERLINK("http://x")', "Fjordbank må betale.")
    call("run", "--brand", str(brand_file))
    target = tmp_path / "out.csv"
    done = call("export", "mentions", "--format", "csv", "-o", str(target), "--brand", str(brand_file))
    assert done.returncode == 0, done.stderr
    text = target.read_text(encoding="utf-8")
    assert "HYPERLINK" in text and "'=HYPERLINK" in text
    for format in ("jsonl", "parquet"):
        target = tmp_path / f"out.{format}"
        assert (
            call(
                "export", "mentions", "--format", format, "-o", str(target), "--brand", str(brand_file)
            ).returncode
            == 0
        )
        assert target.stat().st_size > 100


def test_a_busy_port_is_said_clearly(brand_file: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = call("dashboard", "--brand", str(brand_file), "--port", str(port))
    assert done.returncode == 1 and f"Port {port} is in use" in done.stderr


def test_serve_starts_everything_and_stops_cleanly(brand_file: Path, feed: FeedServer) -> None:
    feed.add("/a", "Fjordbank får bot", "Fjordbank må betale.")
    port, prefect_port = free_port(), free_port()
    process = subprocess.Popen(
        [
            *OMDOMME,
            "serve",
            "--brand",
            str(brand_file),
            "--port",
            str(port),
            "--prefect-port",
            str(prefect_port),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        said = [process.stdout.readline(), process.stdout.readline()]
        assert said == [
            f"Dashboard: http://localhost:{port}\n",
            f"Prefect: http://localhost:{prefect_port}\n",
        ]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=10) as answer:
            assert answer.status == 200
        names: set[str] = set()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and len(names) < 7:
            request = urllib.request.Request(
                f"http://127.0.0.1:{prefect_port}/api/deployments/filter",
                b"{}",
                {"Content-Type": "application/json"},
            )
            with urllib.request.urlopen(request, timeout=10) as answer:
                names = {d["entrypoint"].split(":")[-1] for d in json.load(answer)}
            time.sleep(0.5)
        assert names == {"collect", "analyse", "alert", "goals", "digest", "learn", "retention"}
        while time.monotonic() < deadline and not feed.requests:
            time.sleep(0.2)
        assert feed.requests, "the first pass does not wait for the schedule"
    finally:
        os.kill(process.pid, signal.SIGINT)
        code = process.wait(60)
    assert code == 0
    for taken in (port, prefect_port):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", taken)) != 0, "a child was left behind"
