"""A LoRA adapter trained by PyTorch and PEFT on the steps of a plan: `python adapter_pytorch.py FOLDER`.

The folder has base/ (a model as transformers reads it), plan.json and adapter.f32 (what the matrices begin with, one behind the
other). Writes result.json: the loss of the held-out answers before and after, and greedy answers as ids.
"""
import json
import os
import sys
import time
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import peft
import torch
import transformers

folder = Path(sys.argv[1])
plan = json.loads((folder / "plan.json").read_text())
torch.set_num_threads(plan["threads"])
base = transformers.AutoModelForCausalLM.from_pretrained(folder / "base", dtype=torch.float32)
lora = plan["lora"]
model = peft.get_peft_model(
    base,
    peft.LoraConfig(r=lora["rank"], lora_alpha=lora["alpha"], lora_dropout=0.0, target_modules=lora["targets"], task_type="CAUSAL_LM"),
)
parameters = {name.replace("base_model.model.", "").replace(".default", ""): value for name, value in model.named_parameters()}
values = np.fromfile(folder / "adapter.f32", dtype=np.float32)
at = 0
for name, (height, width) in plan["adapter"]:
    # Ours lie the other way round.
    own = torch.from_numpy(values[at : at + height * width].reshape(height, width).T.copy())
    at += height * width
    assert parameters[name].shape == own.shape, name
    parameters[name].data.copy_(own)
trained = [value for value in model.parameters() if value.requires_grad]
assert at == len(values) and sum(value.numel() for value in trained) == at
optimizer = torch.optim.AdamW(trained, lr=1.0, weight_decay=plan["weight_decay"])


def loss_of(rows):
    """The sum over the learned tokens, and their number."""
    longest = max(len(row["ids"]) for row in rows)
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    mask = torch.zeros_like(ids)
    labels = torch.full_like(ids, -100)
    for i, row in enumerate(rows):
        own = torch.tensor(row["ids"])
        ids[i, : len(own)] = own
        mask[i, : len(own)] = 1
        labels[i, : len(own)] = torch.where(torch.tensor(row["trained"]) == 1, own, -100)
    logits = model(input_ids=ids, attention_mask=mask).logits[:, :-1]
    wanted = labels[:, 1:]
    learned = wanted != -100
    return torch.nn.functional.cross_entropy(logits[learned], wanted[learned], reduction="sum"), int(learned.sum())


@torch.no_grad()
def held_out_loss():
    model.eval()
    sums = [loss_of([row]) for row in plan["held"]]
    model.train()
    return sum(float(total) for total, _ in sums) / sum(count for _, count in sums)


result = {"versions": f"torch {torch.__version__}, transformers {transformers.__version__}, PEFT {peft.__version__}"}
result["loss_before"] = held_out_loss()
print("before", result["loss_before"], flush=True)
started = time.perf_counter()
result["losses"] = []
for number, (rows, rate) in enumerate(zip(plan["steps"], plan["rates"], strict=True), 1):
    optimizer.param_groups[0]["lr"] = rate
    optimizer.zero_grad()
    total, count = loss_of(rows)
    loss = total / count
    loss.backward()
    torch.nn.utils.clip_grad_norm_(trained, plan["max_grad_norm"])
    optimizer.step()
    result["losses"].append(loss.item())
    if number % 10 == 0:
        print("step", number, loss.item(), round(time.perf_counter() - started), "s", flush=True)
result["seconds"] = time.perf_counter() - started
result["loss_after"] = held_out_loss()
print("after", result["loss_after"], flush=True)
model.eval()
result["answers"] = []
for row in plan["held"]:
    ids = torch.tensor([row["prompt"]])
    with torch.no_grad():
        out = model.generate(
            input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=plan["max_new_tokens"],
            eos_token_id=plan["end_ids"], pad_token_id=plan["end_ids"][0],
        )
    answer = out[0, ids.shape[1] :].tolist()
    end = next((i for i, token in enumerate(answer) if token in plan["end_ids"]), len(answer))
    result["answers"].append(answer[:end])
(folder / "result.json").write_text(json.dumps(result))
