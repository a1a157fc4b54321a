"""Reads the exports of one model with the reference tools: `python check.py FOLDER [STRINGS]`; a JSON line for each check.

A line whose `control` is true is a fault planted on purpose: it is ok when the check finds it. Also writes greedy.json, the
answers that llama.cpp has to give.
"""

import json
import os
import shutil
import sys
import zipfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"

import gguf
import numpy as np
import torch
from peft import PeftModel, get_peft_model_state_dict
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

folder = Path(sys.argv[1])
strings = [json.loads(line) for line in open(sys.argv[2])] if len(sys.argv) > 2 else []
# A trained model: figures can be tighter than on one of random values.
REAL = bool(strings)
prompts = json.loads((folder / "prompts.json").read_text())
scratch = folder / "faults"
config = AutoConfig.from_pretrained(folder / "merged")
shutil.rmtree(scratch, ignore_errors=True)
NEW_TOKENS = 32


def line(export, tool, rows, difference, tolerance, control=False):
    found = not difference <= tolerance
    print(
        json.dumps(
            dict(export=export, tool=tool, rows=rows, difference=float(difference), tolerance=tolerance, control=control, ok=found == control)
        ),
        flush=True,
    )


def load(path, **options):
    # transformers 5.23 does not read the size of a head from a GGUF of qwen3 (integrations/ggml.py) and takes 128.
    if "gguf_file" in options and config.model_type == "qwen3":
        options["config"] = config
    return AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32, attn_implementation="eager", **options).eval()


def faulty(name, change):
    """A copy of a folder or file of the exports, changed."""
    target = scratch / name
    target.parent.mkdir(parents=True, exist_ok=True)
    source = folder / name
    shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    change(target)
    return target


def change_tensor(path, name, change):
    tensors = load_file(path)
    change(tensors, name)
    save_file(tensors, path, metadata={"format": "pt"})


def nudge(by):
    def change(tensors, name):
        tensors[name] = tensors[name].clone()
        tensors[name].view(-1)[7] += by

    return change


tokenizer = AutoTokenizer.from_pretrained(folder / "merged")
encoded = [tokenizer(text, return_tensors="pt", add_special_tokens=False).input_ids for text in prompts["rendered"]]


@torch.no_grad()
def logits(model):
    return [model(ids).logits[0] for ids in encoded]


def apart(a, b):
    return max(float((x - y).abs().max()) for x, y in zip(a, b))


@torch.no_grad()
def greedy(model):
    ends = set(np.atleast_1d(model.generation_config.eos_token_id).tolist())
    answers = []
    for ids in encoded:
        out = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=NEW_TOKENS)
        answer = out[0, ids.shape[1] :].tolist()
        cut = next((i for i, token in enumerate(answer) if token in ends), len(answer))
        answers.append(answer[:cut])
    return answers


def unequal(a, b):
    return sum(x != y for x, y in zip(a, b, strict=True))


# The adapter.
def with_adapter(path):
    model = PeftModel.from_pretrained(load(folder / "base"), path).eval()
    wanted = set(get_peft_model_state_dict(model))
    stored = set(load_file(Path(path) / "adapter_model.safetensors"))
    return model, len(wanted ^ stored)


adapted, keys = with_adapter(folder / "peft")
line("PEFT folder", "peft: keys missing or unexpected", 1, keys, 0)
some = sorted(load_file(folder / "peft" / "adapter_model.safetensors"))[0]


def rename(tensors, name):
    tensors[name.replace("lora_A", "lora_C").replace("lora_B", "lora_C")] = tensors.pop(name)


broken = faulty("peft", lambda path: change_tensor(path / "adapter_model.safetensors", some, rename))
line("PEFT folder", "a key renamed", 1, with_adapter(broken)[1], 0, True)
with zipfile.ZipFile(folder / "peft.zip") as archive:
    faults = int(archive.testzip() is not None)
    for name in archive.namelist():
        faults += archive.read(name) != (folder / name).read_bytes()
line("PEFT zip", "zipfile: files that differ", len(archive.namelist()), faults, 0)
reference = logits(adapted)
if prompts["ids"]:
    wrong = unequal([ids[0].tolist() for ids in encoded], prompts["ids"])
    line("the run itself", "transformers: prompts with other ids", len(encoded), wrong, 0)
    ours = np.fromfile(folder / "engine-logits.f32", dtype=np.float32).reshape(len(encoded), -1)
    last = [(torch.from_numpy(row), values[-1]) for row, values in zip(ours, reference, strict=True)]
    line("the run itself", "peft: logits against the engine's", len(encoded), max(float((a - b).abs().max()) for a, b in last), 2e-3)
line("PEFT folder", "peft: logits against the base's", len(encoded), apart(reference, logits(load(folder / "base"))), 1e-2, True)

# Merged.
unloaded = adapted.merge_and_unload().state_dict()


def merged_apart(path):
    stored = load_file(path / "model.safetensors")
    extra = set(stored) ^ (set(unloaded) - ({"lm_head.weight"} if "lm_head.weight" not in stored else set()))
    return float("inf") if extra else max(float((unloaded[n] - t).abs().max()) for n, t in stored.items())


line("merged, float32", "peft: merge_and_unload", len(unloaded), merged_apart(folder / "merged-float32"), 1e-6)
probe = "model.layers.0.self_attn.q_proj.weight"
broken = faulty("merged-float32", lambda path: change_tensor(path / "model.safetensors", probe, nudge(1e-4)))
line("merged, float32", "one weight by 1e-4", 1, merged_apart(broken), 1e-6, True)
wide = load(folder / "merged-float32")
line("merged, float32", "transformers: logits against peft", len(encoded), apart(reference, logits(wide)), 1e-3)
del adapted, unloaded, wide
halves = load_file(folder / "merged" / "model.safetensors")
exact = load_file(folder / "merged-float32" / "model.safetensors")
wrong = sum(not torch.equal(halves[name], values.half()) for name, values in exact.items())
line("merged, float16", "torch: tensors that are not rounded to half", len(exact), wrong, 0)
merged = load(folder / "merged")
merged_logits = logits(merged)
scale = max(float(x.abs().max()) for x in reference)
line("merged, float16", "transformers: logits against peft, relative", len(encoded), apart(reference, merged_logits) / scale, 2e-3 if REAL else 1e-2)
answers = greedy(merged)
(folder / "greedy.json").write_text(json.dumps(answers))

# GGUF by transformers and by gguf. Its vectors are not rounded, its matrices are.
rounded = load(folder / "merged-float32")
with torch.no_grad():
    for parameter in rounded.parameters():
        if parameter.ndim > 1:
            parameter.copy_(parameter.half().float())
rounded_logits = logits(rounded)
del rounded
model = load(folder, gguf_file="model-float16.gguf")
gguf_logits = logits(model)
line("GGUF F16", "transformers: logits against rounded matrices", len(encoded), apart(rounded_logits, gguf_logits), 2e-3)
line("GGUF F16", "transformers: logits against merged, relative", len(encoded), apart(merged_logits, gguf_logits) / scale, 2e-3 if REAL else 1e-2)
line("GGUF F16", "transformers: greedy answers that differ", len(encoded), unequal(answers, greedy(model)), 0)
del model


def swap_rows(path):
    """Two rows of q: what a wrong order would be."""
    reader = gguf.GGUFReader(path, "r+")
    values = next(t for t in reader.tensors if t.name == "blk.0.attn_q.weight").data
    values[[1, 2]] = values[[2, 1]]
    values.flush()


broken = faulty("model-float16.gguf", swap_rows)
line("GGUF F16", "two rows of q swapped", len(encoded), apart(rounded_logits, logits(load(scratch, gguf_file=broken.name))), 2e-3, True)

q8 = load(folder, gguf_file="model-q8_0.gguf")
line("GGUF Q8_0", "transformers: logits against merged, relative", len(encoded), apart(merged_logits, logits(q8)) / scale, 5e-2 if REAL else 1e-1)
if REAL:
    line("GGUF Q8_0", "transformers: greedy answers that differ", len(encoded), unequal(answers, greedy(q8)), 2)
del q8
for name in ("model-float16.gguf", "model-q8_0.gguf", "adapter.gguf"):
    reader = gguf.GGUFReader(folder / name)
    wrong = 0
    for tensor in reader.tensors:
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        wrong += not np.isfinite(values).all()
    line(f"GGUF {name}", "gguf: tensors that are not finite", len(reader.tensors), wrong, 0)

# Template and tokenizer.
rendered = [tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True) for chat in prompts["chats"]]
line("merged, template", "transformers: strings that differ", len(rendered), unequal(rendered, prompts["rendered"]), 0)
from_gguf = AutoTokenizer.from_pretrained(folder, gguf_file="model-float16.gguf")
by_gguf = [from_gguf.apply_chat_template(chat, tokenize=False, add_generation_prompt=True) for chat in prompts["chats"]]
line("GGUF template", "transformers: strings that differ", len(rendered), unequal(by_gguf, prompts["rendered"]), 0)
tokenizer.chat_template = tokenizer.chat_template.replace("<|im_end|>", "<|im_end|> ")
other = [tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True) for chat in prompts["chats"]]
line("merged, template", "a blank more", len(rendered), unequal(other, prompts["rendered"]), 0, True)
if strings:
    ids = [row["smollm2"] for row in strings]

    def encode(tool):
        return [tool.encode(row["text"], add_special_tokens=False) for row in strings]

    line("merged, tokenizer", "transformers: strings with other ids", len(ids), unequal(encode(tokenizer), ids), 0)
    state = json.loads((folder / "merged" / "tokenizer.json").read_text())
    state["model"]["merges"].pop(0)
    fewer = Tokenizer.from_str(json.dumps(state))
    wrong = [fewer.encode(row["text"], add_special_tokens=False).ids for row in strings]
    line("merged, tokenizer", "a merge less", len(ids), unequal(wrong, ids), 0, True)
