"""Trains this folder's run again with the Trainer of transformers, and writes report.json, which the page opens.

    python train.py                                    # one GPU, or the processor
    torchrun --nproc-per-node 4 train.py               # several on one machine

What is trained and how stands in settings.json; rows with their folds in data/. A fold is answered by a model that has not
seen it; the last fit, of all rows, is saved in OUT/model and answers the test part.
"""
import json
import os
import time

import numpy as np
import torch
from torch import nn
from transformers import AutoModel, AutoTokenizer, Trainer, TrainingArguments

import report
from fit import Plan, SameSteps, Watch, begin, end, median_length, options, read_rows, say, shared, training_arguments, world
from order import derive_seed

READ_AT_ONCE = 64


class Classifier(nn.Module):
    """An encoder, the mean of its last states over the tokens of a text, dropout, one linear layer.

    `agreement`: what the divergence of two readings under other dropout counts for (R-Drop, Liang et al. 2021).
    """

    def __init__(self, encoder, classes, pooling, dropout, agreement=0.0):
        super().__init__()
        self.encoder, self.pooling, self.agreement = encoder, pooling, agreement
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(encoder.config.hidden_size, classes)
        # Uniform with a standard deviation of 0.02, as the page draws it.
        nn.init.uniform_(self.head.weight, -0.02 * 3**0.5, 0.02 * 3**0.5)
        nn.init.zeros_(self.head.bias)

    def forward(self, input_ids, attention_mask, label=None, share=None):
        twice = label is not None and self.agreement > 0
        if twice:
            input_ids, attention_mask = input_ids.repeat(2, 1), attention_mask.repeat(2, 1)
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        if self.pooling == "first":
            pooled = states[:, 0]
        else:
            mask = attention_mask.unsqueeze(-1).to(states.dtype)
            pooled = (states * mask).sum(1) / mask.sum(1)
        logits = self.head(self.dropout(pooled)).float()
        if label is None:
            return {"logits": logits}
        if not twice:
            losses = nn.functional.cross_entropy(logits, label, reduction="none")
            return {"loss": (losses * share).sum(), "logits": logits}
        readings = logits.chunk(2)
        losses = sum(nn.functional.cross_entropy(own, label, reduction="none") for own in readings) / 2
        first, second = (nn.functional.log_softmax(own, -1) for own in readings)
        apart = ((first.exp() - second.exp()) * (first - second)).sum(-1) / 2
        return {"loss": ((losses + self.agreement * apart) * share).sum(), "logits": readings[0]}


class ClassifierTrainer(SameSteps, Trainer):
    """The Trainer with the page's steps, and its penalties on the classifier's weights."""

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        outputs = model(**inputs)
        loss = outputs["loss"]
        weight, settings = self.accelerator.unwrap_model(model).head.weight, self.plan.settings
        penalty = settings["l1"] * weight.abs().sum() + settings["l2"] * weight.square().sum()
        # Once a step, however many batches it is made of.
        loss = loss + penalty / self.current_gradient_accumulation_steps
        return (loss, outputs) if return_outputs else loss


def adapted(encoder, lora):
    from peft import LoraConfig, get_peft_model

    return get_peft_model(encoder, LoraConfig(bias="none", **lora))


def set_dropout(module, rate):
    for part in module.modules():
        if isinstance(part, nn.Dropout):
            part.p = rate


def build(settings, fold):
    """A classifier at its beginning: what is not trained is frozen, and without dropout below the first trained layer."""
    base, trained, dropout = settings["base"], settings["trained"], settings["settings"]["dropout"]
    drops = dropout > 0 or (trained["lora"] or {}).get("lora_dropout", 0) > 0
    # Without dropout both readings would be the same.
    agreement = settings["settings"].get("r_drop_alpha", 0) if drops else 0
    torch.manual_seed(derive_seed(settings["seed"], "head", fold))
    encoder = AutoModel.from_pretrained(
        base["weights"], revision=base["revision"], add_pooling_layer=False, dtype=torch.float32
    )
    layers = encoder.encoder.layer
    first = len(layers) - trained["layers"]
    set_dropout(encoder, 0.0)
    for layer in layers[first:]:
        set_dropout(layer, dropout)
    if first == 0:
        set_dropout(encoder.embeddings, dropout)
    for parameter in encoder.parameters():
        parameter.requires_grad = False
    if trained["lora"] is not None:
        encoder = adapted(encoder, trained["lora"])
    else:
        for layer in layers[first:]:
            layer.requires_grad_(True)
        if trained["embeddings"]:
            encoder.embeddings.requires_grad_(True)
    return Classifier(encoder, len(settings["labels"]), base["pooling"], dropout, agreement)


class Texts:
    """Rows as token ids, padded to the longest of a batch."""

    def __init__(self, settings):
        self.tokenizer = AutoTokenizer.from_pretrained(settings["base"]["tokenizer"])
        self.longest = settings["settings"]["max_length"]
        self.labels = {label: i for i, label in enumerate(settings["labels"])}

    def read(self, rows):
        if not rows:
            return []
        ids = self.tokenizer([row["text"] for row in rows], truncation=True, max_length=self.longest)["input_ids"]
        return [{"input_ids": own, "label": self.labels.get(row["label"], -1)} for own, row in zip(ids, rows)]

    def batch(self, rows):
        longest = max(len(row["input_ids"]) for row in rows)
        pad = self.tokenizer.pad_token_id
        batch = {
            "input_ids": torch.tensor([row["input_ids"] + [pad] * (longest - len(row["input_ids"])) for row in rows]),
            "attention_mask": torch.tensor(
                [[1] * len(row["input_ids"]) + [0] * (longest - len(row["input_ids"])) for row in rows]
            ),
        }
        if "share" in rows[0]:
            batch["label"] = torch.tensor([row["label"] for row in rows])
            batch["share"] = torch.tensor([row["share"] for row in rows], dtype=torch.float32)
        return batch


def answer(model, texts, rows):
    """Probabilities [rows, labels], shared among the processes."""
    model.eval()
    device = next(model.parameters()).device

    @torch.no_grad()
    def own(part):
        by_length = sorted(range(len(part)), key=lambda i: len(part[i]["input_ids"]))
        found = [None] * len(part)
        for start in range(0, len(by_length), READ_AT_ONCE):
            places = by_length[start : start + READ_AT_ONCE]
            batch = {name: value.to(device) for name, value in texts.batch([part[i] for i in places]).items()}
            for i, row in zip(places, torch.softmax(model(**batch)["logits"], -1).cpu().numpy()):
                found[i] = row
        return found

    plain = [{"input_ids": row["input_ids"]} for row in rows]
    return np.stack(shared(plain, own)).astype(np.float64)


def class_weights(rows, classes, how):
    """Of each label in the loss; balanced: rows ÷ (labels · rows of the label), as scikit-learn has it."""
    if how == "none":
        return [1.0] * classes
    counts = np.bincount([row["label"] for row in rows], minlength=classes)
    return [len(rows) / (classes * count) if count else 0.0 for count in counts]


def fit(settings, texts, rows, held, fold, epochs, given):
    """Trains on `rows`; `held` are set aside to stop by. The model, the watch, and the epoch that its weights are of."""
    own = settings["settings"]
    weights = class_weights(rows, len(settings["labels"]), own["class_weight"])
    lengths = [len(row["input_ids"]) for row in rows]
    plan = Plan(
        {**own, "seed": settings["seed"]}, rows, lengths, [weights[row["label"]] for row in rows], fold, epochs,
        given.max_steps,
    )
    model = build(settings, fold)
    bare = model

    def look(_):
        probabilities = answer(bare, texts, held)
        truth = np.array([row["label"] for row in held])
        weight = np.array([weights[label] for label in truth])
        loss = -np.log(np.maximum(probabilities[np.arange(len(held)), truth], 1e-30))
        figures = report.scores(truth, probabilities.argmax(1), len(settings["labels"]))
        bare.train()
        return {
            "valid_loss": float((weight * loss).sum() / weight.sum()),
            "valid_accuracy": figures["accuracy"],
            "valid_macro_f1": figures["macro_f1"],
        }

    watch = Watch(plan, look if held else None, own["early_stopping_patience"] if held else 0)
    seed = derive_seed(settings["seed"], "dropout", fold) % 2**31
    trainer = ClassifierTrainer(
        model=model,
        args=training_arguments(TrainingArguments, given.out, plan, seed, given),
        train_dataset=rows,
        data_collator=texts.batch,
        callbacks=[watch],
    ).follow(plan, lambda name: own["head_learning_rate"] if name.startswith("head.") else own["learning_rate"])
    trainer.train()
    best = watch.finish(bare)
    return bare, watch, trainer.state.global_step, trainer.state.global_step / plan.per_epoch, best


def save(model, texts, settings, folder):
    """The encoder as transformers loads it, the classifier beside it."""
    model.encoder.save_pretrained(folder)
    texts.tokenizer.save_pretrained(folder)
    head = {
        "labels": settings["labels"],
        "weight": model.head.weight.detach().cpu().tolist(),
        "bias": model.head.bias.detach().cpu().tolist(),
        # Not rounded, as those of encoders that are not trained are kept in the page.
        "vectors": "float32",
    }
    with open(os.path.join(folder, "head.json"), "w", encoding="utf-8") as file:
        json.dump(head, file)


def main(arguments=None):
    given = options(__doc__, "train.jsonl and test.jsonl", "the model", arguments)
    started = time.time()
    settings = begin(given)
    own = settings["settings"]
    rows = read_rows(os.path.join(given.data, "train.jsonl"))
    asked = read_rows(os.path.join(given.data, "test.jsonl")) if settings["test"] else []
    texts = Texts(settings)
    read, read_test = texts.read(rows), texts.read(asked)
    folds = sorted({row["fold"] for row in rows})
    parts, curve, lengths = [], [], []
    for fold in folds:
        say(f"Fold {fold + 1} of {len(folds)}")
        began = time.time()
        aside = set(settings["set_aside"].get(str(fold), []))
        training = [own for own, row in zip(read, rows) if row["fold"] != fold and row["id"] not in aside]
        inner = [own for own, row in zip(read, rows) if row["id"] in aside]
        held = [i for i, row in enumerate(rows) if row["fold"] == fold]
        model, watch, steps, epochs, best = fit(settings, texts, training, inner, fold, None, given)
        probabilities = answer(model, texts, [read[i] for i in held])
        curve += watch.points
        lengths += [] if best is None else [best]
        parts.append(
            {"fold": fold, "rows": held, "probabilities": probabilities, "steps": steps, "epochs": epochs,
             "best_epoch": best, "seconds": time.time() - began}
        )  # fmt: skip
    folds_seconds = time.time() - started

    say("All rows")
    began = time.time()
    length = median_length(lengths)
    model, watch, steps, epochs, _ = fit(settings, texts, read, [], len(folds), length or own["n_epochs"], given)
    curve += watch.points
    final_seconds = time.time() - began
    began = time.time()
    tested = answer(model, texts, read_test) if asked else None
    trained = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    whole = report.whole(
        settings,
        {
            "rows": rows, "folds": parts, "test_rows": asked, "test": tested, "curve": curve,
            "final": {"steps": steps, "epochs": epochs, "rows": len(rows)}, "trained_parameters": trained,
            "processes": world(), "limit": given.max_steps,
            "seconds": {
                "total": time.time() - started, "folds": folds_seconds, "final_fit": final_seconds,
                "test": time.time() - began,
            },
        },
    )  # fmt: skip
    return end(whole, given, lambda folder: save(model, texts, settings, folder))


if __name__ == "__main__":
    main()
