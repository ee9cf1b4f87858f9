"""Fits monitor/models/identity/weights.json.

    python -m training.fit_identity_score DATA_DIR [--cache FILE.npz]

Holds each brand out once to calibrate, to choose the thresholds and to fit the relations, then fits on all brands.
Takes some minutes the first time (the encoder reads everything); --cache keeps the vectors. Same data, same weights.
Figures: bench/flag.py.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from monitor.classifiers import encoder
from monitor.identity.model import WEIGHTS, dump
from training.flagdata import Remembered, load
from training.flagfit import fit, held_out, held_out_rest, read
from training.flagthresholds import calibrated, related


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    args = parser.parse_args()
    remembered = Remembered(encoder.load(), args.cache)
    brands = load(args.data)
    sets = {}
    for name, eyes in (("encoder", remembered), ("words", None)):
        known = read(brands, eyes)
        remembered.save()
        others = [s for s, _ in held_out(known)]
        sets[name] = related(calibrated(fit(known), others), others, held_out_rest(known))
        w = sets[name]
        print(
            f"{name}: {len(brands)} brands, conflict from {w.conflict_from:.3f}, major from {w.major_from:.3f}, "
            f"mixing from {w.mixing_from:.3f}, further statements from {w.also_from:.2f}"
        )
    dump(sets, args.out, "training/fit_identity_score.py")
    print(f"wrote {args.out} ({args.out.stat().st_size / 1000:.0f} kB)")


if __name__ == "__main__":
    main()
