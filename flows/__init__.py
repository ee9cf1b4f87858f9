"""When and in what order: Prefect flows around the stages of `monitor.pipeline`, which run without Prefect too."""
