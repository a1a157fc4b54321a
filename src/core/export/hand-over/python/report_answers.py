"""report.json of written answers, in the schema of Hone's own (docs/report.md there): the tuned answers measured here, beside
those of the ways without training, which the browser measured on the same rows and which training does not change."""
import math
import unicodedata

from fit import report_frame

LONGEST_GRAM = 6
# Scripts without spaces give one word a character: Thai, Lao, Myanmar, Khmer, kana, Han.
ALONE = [(0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x3400, 0x9FFF), (0x20000, 0x3FFFF)]
MOST_LINES = 100


def chrf(answer, wanted):
    """F2 over character n-grams of 1 to 6, blanks left out, 0 to 100: sacreBLEU's sentence score."""
    own, theirs = "".join(answer.split()), "".join(wanted.split())
    precision = recall = orders = 0
    for n in range(1, LONGEST_GRAM + 1):
        a = [own[i : i + n] for i in range(len(own) - n + 1)]
        b = [theirs[i : i + n] for i in range(len(theirs) - n + 1)]
        if not a or not b:
            break
        left = {}
        for gram in b:
            left[gram] = left.get(gram, 0) + 1
        both = 0
        for gram in a:
            if left.get(gram, 0) > 0:
                left[gram] -= 1
                both += 1
        precision, recall, orders = precision + both / len(a), recall + both / len(b), orders + 1
    if precision + recall == 0:
        return 0.0
    precision, recall = precision / orders, recall / orders
    return min(100.0, 500 * precision * recall / (4 * precision + recall))


def words(text):
    """Lower case, runs of letters, marks and digits."""
    found, run = [], ""
    for char in text.lower():
        alone = any(low <= ord(char) <= high for low, high in ALONE)
        if unicodedata.category(char)[0] in "LMN" and not alone:
            run += char
            continue
        found += [run] if run else []
        run = ""
        found += [char] if alone and unicodedata.category(char)[0] in "LMN" else []
    return found + ([run] if run else [])


def rouge_l(answer, wanted):
    """F1 of the longest common subsequence of words: rouge-score's, without a stemmer."""
    own, theirs = words(answer), words(wanted)
    row = [0] * (len(own) + 1)
    for word in theirs:
        before = 0
        for i, other in enumerate(own):
            before, row[i + 1] = row[i + 1], before + 1 if word == other else max(row[i + 1], row[i])
    common = row[-1]
    return 2 * common / (len(own) + len(theirs)) if common else 0.0


def form(text):
    """But for case, punctuation, blanks and Unicode form."""
    kept = "".join(
        char
        for char in unicodedata.normalize("NFKC", text).lower()
        if not unicodedata.category(char).startswith("P") and unicodedata.category(char) != "Cf"
    )
    return " ".join(kept.split()) or text.strip()


def judged(answer, wanted):
    nll, tokens, _ = answer["cost"]
    text = answer["text"]
    return {
        "text": text,
        "tokens": answer["tokens"],
        "cut": answer["cut"],
        "exact": text.strip() == wanted.strip(),
        "rouge_l": rouge_l(text, wanted),
        "chrf": chrf(text, wanted),
        "loss": nll / tokens if tokens else None,
        "repeats": None,
        "checks": [],
    }


def mean(values):
    return sum(values) / len(values)


def scores(samples, answered):
    """What the tuned answers come to. Intervals are the page's: here are none."""
    own = [sample["answers"]["tuned"] for sample in samples]
    costs = [answered[sample["line"]]["cost"] for sample in samples]
    tokens = sum(count for _, count, _ in costs)
    loss = sum(nll for nll, _, _ in costs) / tokens if tokens else None
    exact = sum(answer["exact"] for answer in own)
    return {
        "loss": loss,
        "perplexity": math.exp(min(700.0, loss)) if loss is not None else None,
        "token_accuracy": sum(right for _, _, right in costs) / tokens if tokens else None,
        "exact_match": exact / len(own),
        "exact": exact,
        "exact_match_normalised": mean([form(a["text"]) == form(s["wanted"]) for a, s in zip(own, samples)]),
        "rouge_l": mean([answer["rouge_l"] for answer in own]),
        "chrf": mean([answer["chrf"] for answer in own]),
        "mean_words": mean([len(words(answer["text"])) for answer in own]),
        "mean_tokens": mean([answer["tokens"] for answer in own]),
        "cut": sum(answer["cut"] for answer in own),
        "ci95": dict.fromkeys(["loss", "perplexity", "token_accuracy", "exact_match", "rouge_l", "chrf"]),
    }


def gain(tuned, other):
    if other is None:
        return None
    found = {name: {"difference": tuned[name] - other[name], "ci95": None} for name in ("chrf", "rouge_l", "exact_match")}
    both = other.get("loss") is not None and tuned["loss"] is not None
    return {**found, "loss": {"difference": tuned["loss"] - other["loss"], "ci95": None} if both else None}


def repeats(told, samples, rows, trained_prompts):
    """Tuned answers that stand word for word in the training rows of their fold; where the prompt does too, they should."""
    trained = {}
    for row in rows:
        if "wanted" in row:
            trained.setdefault(form(row["wanted"]), set()).add(row["fold"])
    copied = [
        sample
        for sample in samples
        if sample["line"] not in trained_prompts
        and any(fold != sample["fold"] for fold in trained.get(form(sample["answers"]["tuned"]["text"]), ()))
    ]
    misplaced = [s["line"] for s in copied if form(s["answers"]["tuned"]["text"]) != form(s["wanted"])]
    return {
        **told,
        "exactly": {**told["exactly"], "tuned": len(copied)},
        "nearly": {**told["nearly"], "tuned": None},
        "misplaced": len(misplaced),
        "misplaced_lines": misplaced[:MOST_LINES],
    }


def whole(settings, done):
    """The report. `done` is what train.py measured; all else stands in settings.json and data/answers_before.jsonl."""
    told, answered = settings["report"], done["answered"]
    samples, trained_prompts = [], []
    for sample in done["before"]:
        if sample["line"] not in answered:
            continue
        tuned = judged(answered[sample["line"]], sample["wanted"])
        answers = {way: own and {**own, "checks": []} for way, own in sample["answers"].items()}
        trained_prompts += [sample["line"]] if sample.pop("prompt_is_trained", False) else []
        best = answers.get(told["best_untrained"]) if told["best_untrained"] else None
        samples.append(
            {**sample, "answers": {**answers, "tuned": tuned}, "gain": tuned["chrf"] - best["chrf"] if best else None}
        )
    tuned = scores(samples, answered)
    ways = told["ways"]
    final = done["final"]
    there = settings["before"]
    sentence = f"Tuned answers reach a chrF of {tuned['chrf']:.1f} on {len(samples)} held-out rows"
    best = told["best_untrained"]
    named = {"base": "the base as it came", "few_shot": "the base with examples in its prompt", "nearest": "copying the nearest answer"}
    sentence += f"; {named[best]} reaches {ways[best]['chrf']:.1f}." if best and ways[best] else "."
    detail = f"The run in the browser, «{settings['run']['name']}», reached {there['chrf']:.1f} on the same rows."
    return {
        **report_frame("generation", settings, done, ("valid_token_accuracy",), ("peft", "trl")),
        "verdict": {"sentence": sentence, "detail": detail, "notes": []},
        "evaluation": {
            **told["evaluation"],
            "folds": done["parts"],
            "rows": len(samples),
            "independent_rows": len({sample.get("group", sample["line"]) for sample in samples}),
        },
        "generation": {
            "base": ways["base"],
            "few_shot": ways["few_shot"],
            "nearest": ways["nearest"],
            "tuned": tuned,
            "gains": {way: gain(tuned, ways[way]) for way in ("base", "few_shot", "nearest")},
            "best_untrained": best,
            "examples": told["examples"],
            "decoding": settings["decoding"],
            "repeats": repeats(told["repeats"], samples, done["rows"], trained_prompts),
            "checks": [],
            "samples": samples,
            "vote": None,
        },
        "final_model": {**final, "note": f"Trained on {final['rows']} rows." },
    }  # fmt: skip
