"""The mean of the weights of several checkpoints that were trained from one start.

    python -m training.average OUT CHECKPOINT CHECKPOINT ...

The networks of the folds differ in the brands they saw; their mean has seen all, and judges a little better than one.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from training import network


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("checkpoints", type=Path, nargs="+")
    args = parser.parse_args()
    network.average(args.checkpoints, args.out)
    print(f"{args.out}: the mean of {len(args.checkpoints)} checkpoints")


if __name__ == "__main__":
    main()
