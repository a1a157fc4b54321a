"""One fit as the page makes it, on the Trainer of transformers (or of TRL), on any number of processes.

The same batches in the same order, the loss divided by the weight of the whole step, the same rates at the same steps,
decay on matrices only, and the same rows set aside to stop by. Dropout and first values are drawn by PyTorch: figures
agree within the spread of seeds, not to the digit. And how train.py begins and ends, whatever it trains.
"""
import argparse
import datetime
import importlib
import json
import math
import os
import platform
import time

import torch
import torch.distributed as dist
from accelerate import PartialState
from torch.utils.data import DataLoader, Dataset
from transformers import PrinterCallback, TrainerCallback

from order import derive_seed, half_up, training_batches, uniform

LONG_EPOCH_STEPS = 60


def read_rows(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def rank():
    return dist.get_rank() if dist.is_initialized() else 0


def world():
    return dist.get_world_size() if dist.is_initialized() else 1


def say(text):
    if rank() == 0:
        print(text, flush=True)


def options(about, data, kept, arguments=None):
    """What train.py is told. `about`: its own words; `data`: what it reads; `kept`: what it leaves beside the report."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="data", help=f"folder of {data}")
    parser.add_argument("--settings", default="settings.json")
    parser.add_argument("--out", default="out", help=f"folder for report.json and {kept}")
    parser.add_argument("--seed", type=int, help="in place of the run's own")
    parser.add_argument("--max-steps", type=int, help="of each fit, to see whether it runs")
    parser.add_argument("--bf16", action="store_true", help="half precision: quicker on a GPU, figures move a little")
    return parser.parse_args(arguments)


def begin(given):
    """Joins the other processes, if there are any: the run's settings, with the seed that is asked for."""
    PartialState(cpu=not torch.cuda.is_available())
    with open(given.settings, encoding="utf-8") as file:
        settings = json.load(file)
    return settings if given.seed is None else {**settings, "seed": given.seed}


def end(report, given, save):
    """One process writes the report and, by `save` into a folder, what was trained."""
    if rank() == 0:
        os.makedirs(given.out, exist_ok=True)
        save(os.path.join(given.out, "model"))
        path = os.path.join(given.out, "report.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(report, file, ensure_ascii=False, indent=1, allow_nan=False)
            file.write("\n")
        say(report["verdict"]["sentence"])
        say(f"{path} is written: drop it on the page.")
    return report


def report_frame(task, settings, done, figures, packages=()):
    """What a report says of any run, as docs/report.md has it. `figures`: of its curve; `packages`: whose versions it names too."""
    told = settings["report"]
    missing = [] if done["limit"] is None else [f"all but the first {done['limit']} steps of each fit"]
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")
    versions = {name: importlib.import_module(name).__version__ for name in ("torch", "transformers", "accelerate", *packages)}
    names = ("train_loss", "learning_rate", "grad_norm", "valid_loss", *figures)
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else f"{platform.machine()} processor"
    return {
        "schema": "hone.report",
        "version": 1,
        "task": task,
        "created_at": now.replace("+00:00", "Z"),
        "status": "partial" if missing else "complete",
        "missing": missing,
        "elsewhere": {
            "trainer": settings["trainer"],
            "run": settings["run"],
            "processes": done["processes"],
            "versions": {"python": platform.python_version(), **versions},
        },
        "dataset": told["dataset"],
        "model": {**told["model"], "trained_parameters": done["trained_parameters"]},
        "method": told["method"],
        "method_title": told["method_title"],
        "backend": "torch",
        "device": {"name": device, "software": False, "browser": f"Python {platform.python_version()}"},
        "settings": {**told["settings"], "seed": settings["seed"]},
        "seed": settings["seed"],
        "timings": {"model": 0, "features": 0, "baselines": 0, **done["seconds"]},
        # A point has all names: None for what was not measured there.
        "curve": [{**dict.fromkeys(names), **point} for point in done["curve"]],
    }


def shared(rows, work):
    """`work` of this process's share of `rows`, all results in the order of `rows`, on every process."""
    own = work(rows[rank() :: world()])
    if world() == 1:
        return own
    parts = [None] * world()
    dist.all_gather_object(parts, own)
    return [parts[i % world()][i // world()] for i in range(len(rows))]


class Plan:
    """What a fit does at which step. `weights`: how much each row counts in a step's mean (rows of labels, tokens)."""

    def __init__(self, settings, rows, lengths, weights, fold, epochs=None, max_steps=None):
        self.settings, self.rows, self.lengths, self.weights, self.fold = settings, rows, lengths, weights, fold
        batches = math.ceil(len(rows) / settings["batch_size"])
        self.per_epoch = math.ceil(batches / settings["gradient_accumulation_steps"])
        limit = min(settings.get("max_steps", 10**9), max_steps or 10**9)
        self.planned = min(limit, settings["n_epochs"] * self.per_epoch)
        # The final fit follows the schedule of the folds and leaves it where they were best.
        self.last = self.planned if epochs is None else max(1, min(limit, half_up(epochs * self.per_epoch)))
        self.every = math.ceil(self.per_epoch / 4) if self.per_epoch > LONG_EPOCH_STEPS else self.per_epoch

    def factor(self, step):
        """Of the learning rate, at update number `step` from 1 on: no update is spent at a rate of zero."""
        warmup = half_up(self.settings["warmup_ratio"] * self.planned)
        if step <= warmup:
            return step / warmup
        ahead = max(0, self.planned - step + 1) / max(1, self.planned - warmup)
        return ahead if self.settings["lr_scheduler_type"] == "linear" else (1 - math.cos(math.pi * ahead)) / 2


class Batches:
    """The batches of each epoch, cut to this process's rows: places in the plan's rows, each with its share of the step."""

    def __init__(self, plan):
        self.plan, self.epoch = plan, 0
        self.count = math.ceil(len(plan.rows) / plan.settings["batch_size"])

    def __len__(self):
        return self.count

    def __iter__(self):
        plan, settings = self.plan, self.plan.settings
        random = uniform(derive_seed(settings["seed"], "order", plan.fold, self.epoch))
        self.epoch += 1
        batches = training_batches(plan.lengths, settings["batch_size"], random)
        accumulated = settings["gradient_accumulation_steps"]
        for i, batch in enumerate(batches):
            step = batches[i - i % accumulated : i - i % accumulated + accumulated]
            # Nought where no row of the step has a token to learn.
            whole = sum(plan.weights[row] for part in step for row in part)
            # Processes average their gradients: each has its rows' share of the sum, times their number.
            own = [(row, world() * plan.weights[row] / (whole or 1)) for row in batch[rank() :: world()]]
            # A process without a row computes one that counts for nothing.
            yield own or [(batch[0], 0.0)]


class Chosen(Dataset):
    """Rows as a batch sampler of places with shares asks for them."""

    def __init__(self, rows):
        self.rows = rows

    def __getitem__(self, asked):
        place, share = asked
        return {**self.rows[place], "share": share}

    def __len__(self):
        return len(self.rows)


class SameSteps:
    """Before a Trainer among the bases of a class: its steps are the plan's. `rates`: learning rate of a parameter by its name."""

    # The loss is divided by the weight of the whole step already.
    loss_is_scaled_for_ga = True

    def follow(self, plan, rates):
        self.plan, self.rates = plan, rates
        # A line for each step says nothing that the curve does not.
        self.remove_callback(PrinterCallback)
        return self

    def get_train_dataloader(self):
        return DataLoader(Chosen(self.plan.rows), batch_sampler=Batches(self.plan), collate_fn=self.data_collator)

    def create_optimizer(self, model=None):
        groups = {}
        for name, parameter in (model or self.model).named_parameters():
            if parameter.requires_grad:
                groups.setdefault((self.rates(name), parameter.ndim > 1), []).append(parameter)
        self.optimizer = torch.optim.AdamW(
            [
                {"params": of, "lr": rate, "weight_decay": self.plan.settings["weight_decay"] if matrix else 0.0}
                for (rate, matrix), of in groups.items()
            ],
            betas=(0.9, 0.999),
            eps=1e-8,
        )
        return self.optimizer

    def create_scheduler(self, num_training_steps=None, optimizer=None):
        self.lr_scheduler = torch.optim.lr_scheduler.LambdaLR(
            optimizer or self.optimizer, lambda done: self.plan.factor(done + 1)
        )
        return self.lr_scheduler


class Watch(TrainerCallback):
    """The curve; and where rows are set aside, the best weights by them, and the end after `patience` passes without a better loss.

    `look` gives {"valid_loss": …} and what else the curve has of those rows.
    """

    def __init__(self, plan, look=None, patience=0):
        self.plan, self.look, self.patience = plan, look, patience
        self.points, self.best_loss, self.best_step, self.best = [], math.inf, 0, None
        self.told = time.time()

    def point(self, step, **figures):
        epoch = step / self.plan.per_epoch
        self.points.append({"fold": self.plan.fold, "epoch": epoch, "step": step, **figures})

    def on_log(self, args, state, control, logs=None, **_):
        if not logs or "loss" not in logs:
            return
        step, base = state.global_step, self.plan.settings["learning_rate"]
        norm = float(logs["grad_norm"]) if "grad_norm" in logs else None
        self.point(step, train_loss=float(logs["loss"]), learning_rate=base * self.plan.factor(step), grad_norm=norm)
        if time.time() - self.told > 10 or step in (1, self.plan.last):
            self.told = time.time()
            say(f"  step {step} of {self.plan.last}, loss {float(logs['loss']):.4f}")

    def on_step_end(self, args, state, control, model=None, **_):
        step = state.global_step
        in_epoch = step % self.plan.per_epoch
        if self.look is None or (in_epoch != 0 and in_epoch % self.plan.every != 0):
            return
        seen = self.look(model)
        self.point(step, **seen)
        if self.patience == 0:
            return
        if seen["valid_loss"] < self.best_loss:
            self.best_loss, self.best_step = seen["valid_loss"], step
            trained = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
            state_dict = model.state_dict()
            self.best = {name: state_dict[name].detach().cpu().clone() for name in trained}
        elif (step - self.best_step) / self.plan.per_epoch >= self.patience:
            control.should_training_stop = True

    def finish(self, model):
        """Puts the best weights back: the epoch that they are of, or None."""
        if self.best is None:
            return None
        model.load_state_dict(self.best, strict=False)
        return self.best_step / self.plan.per_epoch


def median_length(lengths):
    """The lower middle, so that it is one of them; None for none."""
    return sorted(lengths)[(len(lengths) - 1) // 2] if lengths else None


def training_arguments(kind, out, plan, seed, options, **more):
    """Arguments of a Trainer: steps and rates are the plan's, files and reports the caller's."""
    arguments = kind(
        output_dir=os.path.join(out, "steps"),
        max_steps=plan.last,
        per_device_train_batch_size=plan.settings["batch_size"],
        gradient_accumulation_steps=plan.settings["gradient_accumulation_steps"],
        # 0 switches clipping off, there and here.
        max_grad_norm=plan.settings["max_grad_norm"],
        seed=seed,
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        remove_unused_columns=False,
        use_cpu=not torch.cuda.is_available(),
        ddp_find_unused_parameters=False,
        bf16=options.bf16,
        **more,
    )
    # One GPU a process: nn.DataParallel would take the mean of its replicas' losses, which are shares of one sum.
    arguments._n_gpu = min(1, arguments.n_gpu)
    return arguments
