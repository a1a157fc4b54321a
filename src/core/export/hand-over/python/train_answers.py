"""Trains this folder's run again with TRL's SFTTrainer and LoRA, and writes report.json, which the page opens.

    python train.py                                    # one GPU, or the processor
    torchrun --nproc-per-node 4 train.py               # several on one machine

Rows in data/ are token ids as the page wrote them by the model's chat template; `labels` says which of them are learned, -100
which are not. A held-out row is answered by a model that has not seen it; the adapter is saved in OUT/model.
"""
import os
import time

import torch
from datasets import Dataset
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer
from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

import report
from fit import Plan, SameSteps, Watch, begin, end, median_length, options, read_rows, say, shared, training_arguments, world
from order import derive_seed

IGNORED = -100


class AnswerTrainer(SameSteps, SFTTrainer):
    """SFTTrainer with the page's steps: their loss is the mean over the learned tokens of the whole step."""


class Collator(DataCollatorForLanguageModeling):
    """TRL's own. A row that a process computes only to keep step with the others is not learned from."""

    def torch_call(self, examples):
        return super().torch_call(
            [
                {
                    "input_ids": row["input_ids"],
                    "labels": row["labels"] if row.get("share", 1.0) > 0 else [IGNORED] * len(row["labels"]),
                }
                for row in examples
            ]
        )


def build(settings, fold):
    base = settings["base"]
    torch.manual_seed(derive_seed(settings["seed"], "adapter", fold))
    model = AutoModelForCausalLM.from_pretrained(base["weights"], revision=base["revision"], dtype=torch.float32)
    return get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", bias="none", **settings["lora"]))


def costs(model, collator, rows):
    """Of each row's learned tokens: the sum of -ln p, their number, and how many were the first choice."""
    model.eval()
    device = next(model.parameters()).device

    @torch.no_grad()
    def own(part):
        found = []
        for row in part:
            batch = {name: value.to(device) for name, value in collator([row]).items()}
            logits = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits[0, :-1].float()
            wanted = batch["labels"][0, 1:]
            learned = wanted != IGNORED
            logits, wanted = logits[learned], wanted[learned]
            nll = torch.nn.functional.cross_entropy(logits, wanted, reduction="sum").item() if len(wanted) else 0.0
            found.append((nll, len(wanted), int((logits.argmax(-1) == wanted).sum())))
        return found

    return shared(rows, own)


def written(model, tokenizer, rows, settings):
    """The likeliest answer to each row, as the page decodes it: text, tokens, and whether it ran to the limit."""
    model.eval()
    device = next(model.parameters()).device
    most, ends = settings["decoding"]["max_new_tokens"], settings["end_ids"]

    @torch.no_grad()
    def own(part):
        found = []
        for row in part:
            prompt = torch.tensor([row["prompt_ids"]], device=device)
            ids = model.generate(
                input_ids=prompt, attention_mask=torch.ones_like(prompt), do_sample=False, max_new_tokens=most,
                eos_token_id=ends, pad_token_id=ends[0],
            )[0, prompt.shape[1] :].tolist()  # fmt: skip
            cut = not ids or ids[-1] not in ends
            text = tokenizer.decode([id for id in ids if id not in ends], skip_special_tokens=True)
            found.append({"text": text, "tokens": len(ids), "cut": cut})
        return found

    return shared(rows, own)


def fit(settings, tokenizer, rows, held, fold, epochs, given):
    """Trains on `rows`; `held` are set aside to stop by. The model, the watch, steps, epochs, the epoch of its weights."""
    own = {**settings["settings"], "seed": settings["seed"]}
    learned = [sum(label != IGNORED for label in row["labels"][1:]) for row in rows]
    plan = Plan(own, rows, [len(row["input_ids"]) for row in rows], learned, fold, epochs, given.max_steps)
    model, collator = build(settings, fold), Collator(pad_token_id=settings["pad_id"])

    def look(_):
        found = costs(model, collator, held)
        model.train()
        tokens = max(1, sum(count for _, count, _ in found))
        return {
            "valid_loss": sum(nll for nll, _, _ in found) / tokens,
            "valid_token_accuracy": sum(right for _, _, right in found) / tokens,
        }

    watch = Watch(plan, look if held else None, own["early_stopping_patience"] if held else 0)
    arguments = training_arguments(
        SFTConfig, given.out, plan, derive_seed(settings["seed"], "dropout", fold) % 2**31, given,
        max_length=None, dataset_kwargs={"skip_prepare_dataset": True},
    )  # fmt: skip
    trainer = AnswerTrainer(
        model=model,
        args=arguments,
        processing_class=tokenizer,
        train_dataset=Dataset.from_list([{"input_ids": row["input_ids"], "labels": row["labels"]} for row in rows]),
        data_collator=collator,
        callbacks=[watch],
    ).follow(plan, lambda _: own["learning_rate"])
    trainer.train()
    best = watch.finish(model)
    return model, watch, trainer.state.global_step, trainer.state.global_step / plan.per_epoch, best


def main(arguments=None):
    given = options(__doc__, "train.jsonl and the held-out rows", "the adapter", arguments)
    started = time.time()
    settings = begin(given)
    tokenizer = AutoTokenizer.from_pretrained(settings["base"]["tokenizer"])
    rows = read_rows(os.path.join(given.data, "train.jsonl"))
    # One part held out has a file of its own; folds are all in one.
    apart = settings["held_out"]["file"]
    others = read_rows(os.path.join(given.data, os.path.basename(apart))) if apart else []
    before = read_rows(os.path.join(given.data, "answers_before.jsonl"))
    folds = range(settings["held_out"]["folds"])
    parts, answered, curve, lengths = [], {}, [], []
    for fold in folds:
        say(f"Fold {fold + 1} of {len(folds)}" if len(folds) > 1 else "Training")
        began = time.time()
        held = others or [row for row in rows if row["fold"] == fold]
        aside = set(settings["set_aside"].get(str(fold), []))
        training = [row for row in rows if (apart or row["fold"] != fold) and row["id"] not in aside]
        inner = [row for row in rows if row["id"] in aside]
        model, watch, steps, epochs, best = fit(settings, tokenizer, training, inner, fold, None, given)
        asked = [row for row in held if "prompt_ids" in row]
        collator = Collator(pad_token_id=settings["pad_id"])
        for row, cost, answer in zip(asked, costs(model, collator, asked), written(model, tokenizer, asked, settings)):
            answered[row["line"]] = {**answer, "cost": cost, "wanted": row["wanted"]}
        curve += watch.points
        lengths += [] if best is None else [best]
        losses = [point["train_loss"] for point in watch.points if point.get("train_loss") is not None]
        last = losses[-plan_length(steps, epochs) :]
        parts.append(
            {"fold": fold, "training_rows": len(training) + len(inner), "held_out_rows": len(held), "steps": steps,
             "epochs": epochs, "best_epoch": best, "last_train_loss": sum(last) / len(last) if last else None,
             "seconds": time.time() - began}
        )  # fmt: skip
    folds_seconds = time.time() - started
    final = {"steps": steps, "epochs": epochs, "rows": len(rows)}
    began = time.time()
    if not apart:
        say("All rows")
        length = median_length(lengths) or settings["settings"]["n_epochs"]
        model, watch, steps, epochs, _ = fit(settings, tokenizer, rows, [], len(folds), length, given)
        curve += watch.points
        final = {"steps": steps, "epochs": epochs, "rows": len(rows)}
    whole = report.whole(
        settings,
        {
            "rows": rows, "parts": parts, "answered": answered, "before": before, "curve": curve, "final": final,
            "trained_parameters": sum(p.numel() for p in model.parameters() if p.requires_grad),
            "processes": world(), "limit": given.max_steps,
            "seconds": {
                "total": time.time() - started, "folds": folds_seconds, "final_fit": time.time() - began, "test": 0,
            },
        },
    )  # fmt: skip
    return end(whole, given, model.save_pretrained)


def plan_length(steps, epochs):
    """Steps of the last epoch."""
    return max(1, round(steps / max(1, epochs)))


if __name__ == "__main__":
    main()
