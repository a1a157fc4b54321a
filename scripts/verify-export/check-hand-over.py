"""Runs the folders that are handed over as a person would: `python check-hand-over.py FOLDER [SCHEMAS]`; a JSON line for each check.

SCHEMAS is a folder with the unpacked packages of Axolotl and LLaMA-Factory. A line whose `control` is true is a fault planted on
purpose: it is ok when the check finds it.
"""
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error", DISABLE_VERSION_CHECK="1", RAY_DEDUP_LOGS="0")
folder = Path(sys.argv[1])
schemas = Path(sys.argv[2]) if len(sys.argv) > 2 else None
IGNORED = -100


def line(export, tool, rows, difference, tolerance, control=False):
    found = not difference <= tolerance
    print(
        json.dumps(
            dict(export=export, tool=tool, rows=rows, difference=float(difference), tolerance=tolerance, control=control, ok=found == control)
        ),
        flush=True,
    )  # fmt: skip


def lines(path):
    return [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines()]


def load(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def run(name, *command):
    """The report that a folder's script writes; what it said where it fails."""
    out = folder / f"out-{name}-{'ray' if 'ray_train.py' in command else 'one'}"
    where = folder / name
    done = subprocess.run(
        [sys.executable, *command, "--out", str(out.resolve())], cwd=where, capture_output=True, text=True
    )
    if done.returncode != 0:
        sys.exit(f"{name}: {' '.join(command)} ended with {done.returncode}\n{done.stdout[-1500:]}\n{done.stderr[-3000:]}")
    return json.loads((out / "report.json").read_text(encoding="utf-8"))


def steps(report, fold, name):
    return [point[name] for point in report["curve"] if point["fold"] == fold and point[name] is not None]


def furthest(a, b):
    return max((abs(x - y) for x, y in zip(a, b)), default=0.0) if len(a) == len(b) and a else float("inf")


def check_order():
    """The rows of each batch, drawn by the folder's own script and by the page."""
    wanted = json.loads((folder / "order.json").read_text())
    order = load(folder / "trainer" / "order.py", "order")
    for seed, control in ((wanted["seed"], False), (wanted["seed"] + 1, True)):
        wrong = 0
        for epoch, batches in enumerate(wanted["epochs"]):
            random = order.uniform(order.derive_seed(seed, "order", wanted["fold"], epoch))
            own = order.training_batches(wanted["lengths"], wanted["batch_size"], random)
            wrong += sum(a != b for a, b in zip(own, batches)) + abs(len(own) - len(batches))
        line("order of the rows", "order.py against the page", len(wanted["lengths"]), wrong, 0, control)


def check_trainer():
    before = json.loads((folder / "trainer" / "browser.json").read_text())
    one, ray = run("trainer", "train.py"), run("trainer", "ray_train.py", "--workers", "2", "--cpu")
    folds = {row["line"]: row["fold"] for row in before["out_of_fold"]["predictions"]}
    for name, report, tool in (("Trainer", one, "train.py"), ("Ray Train", ray, "ray_train.py, 2 workers")):
        answered = {row["line"]: row["fold"] for row in report["out_of_fold"]["predictions"]}
        moved = sum(folds.get(line) != fold for line, fold in answered.items()) + abs(len(folds) - len(answered))
        line(name, f"{tool}: folds", len(answered), moved, 0)
        rates = max(furthest(steps(before, fold, "learning_rate"), steps(report, fold, "learning_rate")) for fold in range(3))
        line(name, f"{tool}: rate of each step", len(steps(report, 2, "train_loss")), rates, 1e-12)
    losses = max(furthest(steps(one, fold, "train_loss"), steps(ray, fold, "train_loss")) for fold in range(3))
    line("Ray Train", "loss of each step, 2 workers against 1", len(steps(ray, 2, "train_loss")), losses, 1e-4)
    # What is drawn first differs, what is trained does not: both tell nearly all of the held-out rows apart.
    line("Trainer", "accuracy against the page, folds", 150, abs(one["cross_validation"]["accuracy"]["mean"] - before["cross_validation"]["accuracy"]["mean"]), 0.15)


def check_answers():
    before = json.loads((folder / "trl" / "browser.json").read_text())
    one, ray = run("trl", "train.py"), run("trl", "ray_train.py", "--workers", "2", "--cpu")
    rates = furthest(steps(before, 0, "learning_rate"), steps(one, 0, "learning_rate"))
    line("TRL", "train.py: rate of each step", len(steps(one, 0, "train_loss")), rates, 1e-12)
    # An adapter adds nothing at its first step: rows, mask and mean are all that the loss depends on.
    first = abs(steps(before, 0, "train_loss")[0] - steps(one, 0, "train_loss")[0])
    line("TRL", "train.py: loss of the first step, float16", 1, first, 2e-3)
    losses = furthest(steps(one, 0, "train_loss"), steps(ray, 0, "train_loss"))
    line("Ray Train", "TRL: loss of each step, 2 workers against 1", len(steps(ray, 0, "train_loss")), losses, 1e-4)
    base = one["generation"]["base"]["chrf"] - before["generation"]["base"]["chrf"]
    line("TRL", "answers without training go along", len(one["generation"]["samples"]), abs(base), 0)


def check_masks():
    """What the collator gives the model, row by row, against the page's token view."""
    wanted = {row["id"]: row for row in json.loads((folder / "masks.json").read_text())}
    sys.path.insert(0, str(folder / "trl"))
    for name in ("order", "fit", "report"):
        sys.modules.pop(name, None)
    train = load(folder / "trl" / "train.py", "train_answers")
    rows = lines(folder / "trl" / "data/train.jsonl") + lines(folder / "trl" / "data/validation.jsonl")
    collator = train.Collator(pad_token_id=0)
    tokenizer = train.AutoTokenizer.from_pretrained(folder / "trl" / "base")

    def unlike(row, batch):
        own = wanted[row["id"]]
        labels, ids = batch["labels"][0], batch["input_ids"][0]
        learned = [int(label != IGNORED) for label in labels]
        same = ids.tolist() == own["ids"] and learned == own["trained"]
        return not same or any(label not in (IGNORED, id) for label, id in zip(labels.tolist(), ids.tolist()))

    line("loss mask", "SFTTrainer's collator against the token view", len(rows), sum(unlike(row, collator([row])) for row in rows), 0)
    flipped = [{**row, "labels": [*row["labels"][:-2], IGNORED, IGNORED]} for row in rows]
    line("loss mask", "one token less", len(rows), sum(unlike(row, collator([row])) for row in flipped), 0, control=True)
    empty = collator([{**rows[0], "share": 0.0}])["labels"]
    line("loss mask", "a row that counts for nothing", 1, int((empty != IGNORED).sum()), 0)
    # The template of the folder, in the reference's own words; what a person wrote is no control token to us.
    plain = [row for row in rows if "<|im_end|>" not in json.dumps(row["messages"])]
    ids = [tokenizer.apply_chat_template(row["messages"], tokenize=True, return_dict=False) for row in plain]
    wrong = sum(own != row["input_ids"] for own, row in zip(ids, plain))
    line("template", "apply_chat_template of base/", len(plain), wrong, 0)
    for name, path, column in (("Axolotl", "axolotl", "data/axolotl.jsonl"), ("LLaMA-Factory", "llama-factory", "data/train.jsonl")):
        of = lines(folder / path / column)
        learned = [row for row in rows if row["fold"] is None]
        other = sum(a["input_ids"] != b["input_ids"] or a["labels"] != b["labels"] for a, b in zip(of, learned))
        line(name, "tokens and mask", len(of), other + abs(len(of) - len(learned)), 0)
    subprocess.run([sys.executable, "tokenized.py"], cwd=folder / "llama-factory", check=True, capture_output=True)
    from datasets import load_from_disk

    kept = load_from_disk(str(folder / "llama-factory" / "data/tokenized"))["train"]
    learned = [row for row in rows if row["fold"] is None]
    other = sum(a["labels"] != b["labels"] for a, b in zip(kept, learned)) + abs(len(kept) - len(learned))
    line("LLaMA-Factory", "data/tokenized, read back", len(kept), other, 0)


def check_schemas():
    import yaml

    files = {name: yaml.safe_load((folder / name / path).read_text()) for name, path in (("axolotl", "axolotl.yaml"), ("llama-factory", "llama_factory.yaml"))}
    sys.path[:0] = [str(schemas)]
    from axolotl.utils.schemas.config import AxolotlInputConfig

    known = set(AxolotlInputConfig.model_fields) | {"tokenizer_config"}
    for name, change, control in (("axolotl.yaml", {}, False), ("a rank of words", {"lora_r": "eight"}, True)):
        try:
            config = AxolotlInputConfig(**{**files["axolotl"], **change})
            wrong = sum(key not in known for key in files["axolotl"]) + (config.lora_r != files["axolotl"]["lora_r"])
        except ValueError as error:
            wrong = 1
            if not control:
                print(error, file=sys.stderr)
        line("Axolotl", f"its own schema: {name}", len(files["axolotl"]), wrong, 0, control)
    from llamafactory.hparams.data_args import DataArguments
    from llamafactory.hparams.finetuning_args import FinetuningArguments
    from llamafactory.hparams.model_args import ModelArguments
    from transformers import HfArgumentParser, Seq2SeqTrainingArguments

    parser = HfArgumentParser((ModelArguments, DataArguments, Seq2SeqTrainingArguments, FinetuningArguments))
    for name, change, control in (("llama_factory.yaml", {}, False), ("a key of nobody", {"lora_width": 8}, True)):
        try:
            # Half precision is for a GPU, which is not here.
            model, data, training, tuning = parser.parse_dict({**files["llama-factory"], **change, "bf16": False})
            wrong = (tuning.lora_rank != 2) + (data.cutoff_len != 512) + (training.max_steps != 3) + (model.model_name_or_path != "base")
        except (ValueError, TypeError) as error:
            wrong = 1
            if not control:
                print(error, file=sys.stderr)
        line("LLaMA-Factory", f"its own schema: {name}", len(files["llama-factory"]), wrong, 0, control)


check_order()
check_masks()
check_trainer()
check_answers()
if schemas is not None:
    check_schemas()
