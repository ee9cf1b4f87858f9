"""The flows in Prefect's own harness: a real server, real tasks, the real pipeline."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml

os.environ["DO_NOT_TRACK"] = "1"
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"

from prefect.testing.utilities import prefect_test_harness

from flows.alert import alert
from flows.analyse import analyse
from flows.collect import collect
from flows.digest import digest
from flows.goals import goals
from flows.learn import learn
from flows.retention import retention
from flows.retry import is_weather
from monitor import readmodel
from monitor.config import load
from monitor.errors import SourceError
from tests.conftest import FeedServer

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def prefect() -> Iterator[None]:
    with prefect_test_harness(server_startup_timeout=120):
        yield


def test_the_flows_do_the_whole_job(prefect: None, brand_file: Path, feed: FeedServer, now: datetime) -> None:
    feed.add("/a", "Fjordbank får bot", "Fjordbank lurte kundene og må betale bot.", now - timedelta(hours=1))
    assert collect(str(brand_file)) == 1
    assert analyse(str(brand_file)) >= 1
    assert alert(str(brand_file)) == 0
    assert collect(str(brand_file)) == 0, "a source asked a moment ago is not due"
    assert feed.requests == 1
    assert digest(str(brand_file)) == 0, "nobody asked for a digest"
    assert learn(str(brand_file)) is False, "nothing was decided"
    assert goals(str(brand_file)) == 0, "the brand file names no measure"
    assert retention(str(brand_file)) == 0, "the brand file keeps everything"
    assert readmodel.status(load(brand_file).settings.database).relevant == 1


class _State:
    def __init__(self, error: Exception) -> None:
        self.error = error

    def result(self, raise_on_failure: bool) -> Exception:
        return self.error


def test_only_weather_is_retried() -> None:
    import asyncio

    for error, again in (
        (SourceError("503", transient=True), True),
        (SourceError("404"), False),
        (ValueError(), False),
    ):
        assert asyncio.run(is_weather(None, None, _State(error))) is again  # type: ignore[arg-type]


def test_prefect_yaml_names_flows_that_exist() -> None:
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    assert {d["name"] for d in deployments} == {
        *("collect", "analyse", "alert", "digest", "goals", "learn", "retention")
    }
    for deployment in deployments:
        file, function = deployment["entrypoint"].split(":")
        assert f"def {function}(" in (ROOT / file).read_text(encoding="utf-8")
        assert deployment["concurrency_limit"]["collision_strategy"] == "CANCEL_NEW"
