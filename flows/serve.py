"""The flows on their schedules in one process, for a single machine: `python -m flows.serve BRAND`.

Needs a running Prefect server (`omdomme serve` starts one). On several machines use prefect.yaml and workers.
"""

from __future__ import annotations

import sys
from datetime import timedelta

from prefect import serve
from prefect.deployments.runner import RunnerDeployment

from flows.alert import alert
from flows.analyse import analyse
from flows.collect import collect
from flows.digest import digest
from flows.goals import goals
from flows.learn import learn
from flows.retention import retention

COLLECT_EVERY = timedelta(minutes=10)
LEARN_EVERY = timedelta(days=1)
GOALS_EVERY = timedelta(hours=6)
RETENTION_EVERY = timedelta(days=1)


def main(brand: str) -> None:
    deployments = [
        flow.to_deployment(name="local", interval=every, parameters={"brand": brand}, concurrency_limit=1)
        for flow, every in (
            (collect, COLLECT_EVERY),
            (analyse, COLLECT_EVERY),
            (alert, COLLECT_EVERY),
            (digest, COLLECT_EVERY),
            (learn, LEARN_EVERY),
            (goals, GOALS_EVERY),
            (retention, RETENTION_EVERY),
        )
    ]
    serve(*[d for d in deployments if isinstance(d, RunnerDeployment)])


if __name__ == "__main__":
    main(sys.argv[1])
