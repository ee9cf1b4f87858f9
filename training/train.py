"""Trains one stage from a checkpoint and saves another. Interrupted, it goes on where it was.

    python -m training.train sentences DATA START OUT     opinionated sentences: learns good from bad
    python -m training.train written   DATA START OUT     whole posts about organisations of no data set
    python -m training.train brands    DATA START OUT [--without BRAND ...]   the brands of DATA and of training/data
    python -m training.train finish    DATA START OUT     some of everything, and the words of training/data/plain

Every stage mixes in some of the one before, so that it is not forgotten. Deterministic by ``--seed`` on one machine
and number of threads. Prints loss and speed every 50 steps and macro-F1 on sentiment/dev.jsonl at the end, and for
``brands`` also on what was left out; neither decides anything.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from monitor.classifiers.reading import Encoded, encode, passages
from monitor.types import JudgeRequest
from training import examples, network
from training.examples import Example

BATCH = 32
LONG = 24  # of the longest examples a batch holds this many
STAGES = {  # epochs, rate of the encoder
    "sentences": (2.0, 1e-4),
    "written": (4.0, 7e-5),
    "brands": (2.0, 6e-5),
    "finish": (1.0, 4e-5),
}
HEAD_RATE = 5.0  # times the encoder's
SMOOTHING = 0.05
WARM = 0.06
OTHER_ANSWER = 0.2  # share of the second answers (standing against wording) that are asked
MIX_SENTENCES = {"written": 1_500, "brands": 4_000, "finish": 4_000}
MIX_WRITTEN = {"brands": 800, "finish": 800}
PLAIN_TIMES = {"brands": 1, "finish": 2}
SAVE_SECONDS = 240


def stage_examples(
    stage: str, data: Path, written: Path, without: Sequence[str], rng: random.Random, share: float = 1.0
) -> list[Example]:
    single = examples.sentences(data / "sentiment" / "train.jsonl")
    single = [replace(e, request=_anywhere(e.request, rng)) for e in single]
    if stage == "sentences":
        return single
    posts = examples.written(written)
    if stage != "written":
        own = [e for e in examples.brands(data) if e.brand not in without]
        own += examples.brands(examples.OWN, ("brands",))
        if share < 1:  # of the mentions, each with all its targets
            ids = sorted({e.id for e in own})
            kept = set(rng.sample(ids, round(share * len(ids))))
            own = [e for e in own if e.id in kept]
        posts = own + rng.sample(posts, min(MIX_WRITTEN[stage], len(posts)))
    posts = [e for e in posts if e.scored or rng.random() < OTHER_ANSWER]
    posts = [replace(e, request=_forgetful(e.request, rng)) for e in posts]
    single = rng.sample(single, min(MIX_SENTENCES[stage], len(single)))
    for _ in range(PLAIN_TIMES.get(stage, 0)):  # each time about other names
        single += [replace(e, request=_anywhere(e.request, rng)) for e in examples.plain(rng)]
    return posts + single


def _anywhere(request: JudgeRequest, rng: random.Random) -> JudgeRequest:
    """A sentence may stand anywhere: a source type of their own would tell which data set it is from."""
    sources = ("news", "blog", "microblog", "linkedin", "forum", "review", "other", "other", "other", "other")
    kinds = ("brand", "brand", "leader", "product")
    return replace(request, source_type=rng.choice(sources), kind=rng.choice(kinds))


def _forgetful(request: JudgeRequest, rng: random.Random) -> JudgeRequest:
    """Sometimes without what a caller may not know."""
    if rng.random() < 0.15:
        request = replace(request, source_type="other")
    if rng.random() < 0.15:
        request = replace(request, kind="brand")
    return request


def batches(sizes: Sequence[int], rng: random.Random) -> list[list[int]]:
    """Examples of like length together, in random order."""
    order = list(range(len(sizes)))
    rng.shuffle(order)
    out = []
    for i in range(0, len(order), BATCH * 40):
        near = sorted(order[i : i + BATCH * 40], key=lambda j: sizes[j])
        while near:
            size = LONG if sizes[near[-1]] > 160 else BATCH
            out.append(near[-size:])
            del near[-size:]
    rng.shuffle(out)
    return out


def train(
    model: network.Judge,
    encoded: Sequence[Encoded],
    labels: Sequence[int],
    *,
    epochs: float,
    rate: float,
    seed: int,
    resume: Path,
) -> None:
    rng = random.Random(seed)
    sizes = [len(e["input_ids"]) for e in encoded]
    plan: list[list[int]] = []
    while len(plan) < epochs * len(encoded) / BATCH:
        plan += batches(sizes, rng)
    whole = max(1, int(len(plan) * epochs / np.ceil(epochs)))
    plan = plan[:whole]
    groups: dict[tuple[bool, bool], list[torch.nn.Parameter]] = {}
    for name, p in model.named_parameters():
        if p.requires_grad:
            groups.setdefault((name.startswith("bert."), p.ndim > 1), []).append(p)
    optimiser = torch.optim.AdamW(
        [
            {
                "params": ps,
                "lr": rate * (1 if encoder else HEAD_RATE),
                "weight_decay": 0.01 if matrix else 0.0,
            }
            for (encoder, matrix), ps in groups.items()
        ],
        fused=True,
    )
    warm = max(1, int(WARM * len(plan)))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min((s + 1) / warm, max(0.01, (len(plan) - s) / max(1, len(plan) - warm)))
    )
    first = 0
    if resume.exists():
        state = torch.load(resume, weights_only=True)
        if state["steps"] != len(plan):
            raise SystemExit(f"{resume}: from a run of {state['steps']} steps, not {len(plan)}. Remove it.")
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        torch.set_rng_state(state["rng"])
        first = state["step"]
        print(f"resumed at step {first}", flush=True)
    model.train()
    started = saved = time.monotonic()
    seen, loss_mean = 0, 0.0
    parameters = [p for ps in groups.values() for p in ps]
    for step in range(first, len(plan)):
        rows = plan[step]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            z = model(**network.tensors([encoded[i] for i in rows]))
        y = torch.tensor([labels[i] for i in rows])
        loss = torch.nn.functional.cross_entropy(z.float(), y, label_smoothing=SMOOTHING)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        schedule.step()
        seen += len(rows)
        loss_mean = 0.98 * loss_mean + 0.02 * loss.item()
        if (step + 1) % 50 == 0:
            pace = seen / (time.monotonic() - started)
            mean = loss_mean / (1 - 0.98 ** (step + 1 - first))
            print(f"step {step + 1}/{len(plan)}  loss {mean:.3f}  {pace:.0f} examples/s", flush=True)
        if time.monotonic() - saved > SAVE_SECONDS:
            state = {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "step": step + 1}
            state |= {"schedule": schedule.state_dict(), "rng": torch.get_rng_state(), "steps": len(plan)}
            torch.save(state, resume.with_suffix(".part"))
            resume.with_suffix(".part").replace(resume)
            saved = time.monotonic()


def encode_all(rows: Sequence[Example], tokenizer: Tokenizer) -> list[Encoded]:
    """The first passage of each: an answer is about the whole post, and few have two."""
    return [encode(tokenizer, passages(e.request, e.question)[0]) for e in rows]


def macro_f1(y: np.ndarray, p: np.ndarray) -> float:
    return float(
        np.mean([2 * ((p == c) & (y == c)).sum() / max(1, (p == c).sum() + (y == c).sum()) for c in range(3)])
    )


def report(model: network.Judge, rows: Sequence[Example], tokenizer: Tokenizer, title: str) -> np.ndarray:
    z = network.logits(model, encode_all(rows, tokenizer))
    y, part = np.array([e.label for e in rows]), np.array([e.part for e in rows])
    for name in sorted(set(part)):
        here = part == name
        print(
            f"{title} {name}: n {here.sum()}, macro-F1 {macro_f1(y[here], z[here].argmax(1)):.3f}", flush=True
        )
    return z


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("stage", choices=sorted(STAGES))
    parser.add_argument("data", type=Path)
    parser.add_argument("start", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--written", type=Path, default=examples.WRITTEN)
    parser.add_argument("--without", nargs="*", default=[])
    parser.add_argument(
        "--share", type=float, default=1.0, help="of the brands' mentions, for a learning curve"
    )
    parser.add_argument("--epochs", type=float)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    if (args.out / "model.safetensors").exists():
        print(f"{args.out} is there already", file=sys.stderr)
        return
    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(args.seed)
    rng = random.Random(args.seed)
    epochs, rate = STAGES[args.stage]
    rows = stage_examples(args.stage, args.data, args.written, args.without, rng, args.share)
    tokenizer = Tokenizer.from_file(str(args.start / "tokenizer.json"))
    encoded = encode_all(rows, tokenizer)
    sizes = [len(e["input_ids"]) for e in encoded]
    print(f"{len(rows)} examples, {np.mean(sizes):.0f} tokens each, longest {max(sizes)}", flush=True)
    model = network.load(args.start)
    args.out.mkdir(parents=True, exist_ok=True)
    train(
        model,
        encoded,
        [e.label for e in rows],
        epochs=args.epochs or epochs,
        rate=args.rate or rate,
        seed=args.seed,
        resume=args.out / "resume.pt",
    )
    network.save(model, args.out, args.start)
    (args.out / "resume.pt").unlink(missing_ok=True)
    report(model, examples.sentences(args.data / "sentiment" / "dev.jsonl"), tokenizer, "development")
    if args.without:
        left = [e for e in examples.brands(args.data) if e.brand in args.without and e.scored]
        z = report(model, left, tokenizer, "left out")
        np.save(args.out / "left_out.npy", z)


if __name__ == "__main__":
    main()
