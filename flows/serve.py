"""The three flows on their schedules in one process, for a single machine: `python -m flows.serve BRAND`.

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

COLLECT_EVERY = timedelta(minutes=10)


def main(brand: str) -> None:
    deployments = [
        flow.to_deployment(
            name="local", interval=COLLECT_EVERY, parameters={"brand": brand}, concurrency_limit=1
        )
        for flow in (collect, analyse, alert)
    ]
    serve(*[d for d in deployments if isinstance(d, RunnerDeployment)])


if __name__ == "__main__":
    main(sys.argv[1])
