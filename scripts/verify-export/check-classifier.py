"""Reads the exports of one classifier with the reference tools: `python check-classifier.py FOLDER`; a JSON line for each check.

A line whose `control` is true is a fault planted on purpose: it is ok when the check finds it.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from transformers import AutoConfig, AutoTokenizer

folder = Path(sys.argv[1])
answers = json.loads((folder / "answers.json").read_text())
texts, labels = answers["texts"], answers["labels"]
wanted = np.array(answers["probabilities"])
TOLERANCES = {"onnx": 1e-4, "onnx-int8": 0.1}
# Two labels that are no further apart are as likely: either may come first.
TIES = {"onnx": 2e-4, "onnx-int8": 0.02}


def line(export, tool, rows, difference, tolerance, control=False):
    found = not difference <= tolerance
    print(
        json.dumps(
            dict(export=export, tool=tool, rows=rows, difference=float(difference), tolerance=tolerance, control=control, ok=bool(found == control))
        ),
        flush=True,
    )


def softmax(z):
    p = np.exp(z - z.max(1, keepdims=True))
    return p / p.sum(1, keepdims=True)


def ask(session, tokenizer, order, size):
    """Probabilities in the order of the texts, asked in that order and so many at a time."""
    names = [given.name for given in session.get_inputs()]
    made = np.zeros((len(texts), len(labels)))
    for at in range(0, len(order), size):
        some = order[at : at + size]
        read = tokenizer([texts[i] for i in some], padding=True, truncation=True, return_tensors="np")
        given = {name: read[name].astype(np.int64) for name in names}
        made[some] = softmax(session.run(["logits"], given)[0])
    return made


def others(made, tie):
    rows = np.arange(len(texts))
    return int((wanted.max(1) - wanted[rows, made.argmax(1)] > tie).sum())


def apart(one, other):
    return np.abs(one - other).max()


for name in ["onnx", "onnx-int8"]:
    root = folder / name / "classifier"
    path = next((root / "onnx").glob("*.onnx"))
    onnx.checker.check_model(str(path), full_check=True)
    line(name, "onnx.checker", 1, 0, 0)
    tokenizer = AutoTokenizer.from_pretrained(root)
    read = tokenizer(texts, truncation=True)["input_ids"]
    line(name, "transformers: token ids", len(texts), sum(a != b for a, b in zip(read, answers["ids"])), 0)
    config = AutoConfig.from_pretrained(root)
    line(name, "transformers: labels", len(labels), sum(config.id2label[i] != label for i, label in enumerate(labels)), 0)
    session = onnxruntime.InferenceSession(str(path))
    every = list(range(len(texts)))
    whole = ask(session, tokenizer, every, 64)
    line(name, "onnxruntime, 64 at a time", len(texts), apart(whole, wanted), TOLERANCES[name])
    line(name, "onnxruntime: other answers", len(texts), others(whole, TIES[name]), 0)
    for size in [1, 7]:
        line(name, f"onnxruntime, {size} at a time", len(texts), apart(ask(session, tokenizer, every, size), whole), 1e-5)
    line(name, "onnxruntime, from the last", len(texts), apart(ask(session, tokenizer, every[::-1], 7), whole), 1e-5)
    if name == "onnx":
        scope = {}
        code = answers["python"].replace('"classifier/', f'"{root}/')
        exec(code, scope)
        own = np.array([[scope["ask"](text)[label] for label in labels] for text in texts])
        line(name, "README's Python", len(texts), apart(own, wanted), TOLERANCES[name])
        model = onnx.load(path)
        for tensor in model.graph.initializer:
            if tensor.name == "encoder.layer.2.output.dense.weight":
                values = numpy_helper.to_array(tensor).copy()
                values[7, 7] += 1
                tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
        spoiled = ask(onnxruntime.InferenceSession(model.SerializeToString()), tokenizer, every, 64)
        line(name, "onnxruntime: one weight", len(texts), apart(spoiled, wanted), TOLERANCES[name], control=True)

root = folder / "sentence-transformers" / "classifier"
code = "import json,sys; sys.path.insert(0, sys.argv[1]); import head; texts = json.load(sys.stdin); print('\\n' + json.dumps([head.model.encode(texts).tolist(), head.ask(texts)]))"


def sentences(place):
    ran = subprocess.run([sys.executable, "-c", code, str(place)], input=json.dumps(texts), capture_output=True, text=True, check=True)
    vectors, asked = json.loads(ran.stdout.splitlines()[-1])
    return np.array(vectors), np.array([[row[label] for label in labels] for row in asked])


vectors, own = sentences(root)
expected = np.array(answers["vectors"])
cosines = (vectors * expected).sum(1) / np.linalg.norm(vectors, axis=1) / np.linalg.norm(expected, axis=1)
line("sentence-transformers", "SentenceTransformer: 1 − cosine", len(texts), 1 - cosines.min(), 1e-5)
line("sentence-transformers", "head.py", len(texts), apart(own, wanted), 1e-4)
line("sentence-transformers", "head.py: other answers", len(texts), others(own, TIES["onnx"]), 0)
fault = folder / "fault"
shutil.rmtree(fault, ignore_errors=True)
shutil.copytree(root, fault)
spoiled = json.loads((fault / "head.json").read_text())
spoiled["weight"][0][3] += 1
(fault / "head.json").write_text(json.dumps(spoiled))
line("sentence-transformers", "head.py: one weight", len(texts), apart(sentences(fault)[1], wanted), 1e-4, control=True)
