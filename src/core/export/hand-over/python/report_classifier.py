"""report.json of a classifier, in the schema of Hone's own (docs/report.md there): what was measured here, put beside what
settings.json tells of the run that it came from."""
import math

import numpy as np

from fit import report_frame

Z = 1.959963984540054
# Quantiles 0.975 of Student's t by degrees of freedom, from 1 on.
T = [
    12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157, 2.228139, 2.200985,
    2.178813, 2.160369, 2.144787, 2.131450, 2.119905, 2.109816, 2.100922, 2.093024, 2.085963, 2.079614, 2.073873,
    2.068658, 2.063899, 2.059539, 2.055529, 2.051831, 2.048407, 2.045230, 2.042272,
]  # fmt: skip
MOST_PROBABILITIES = 1_000_000
MOST_CHARACTERS = 500
MOST_ERRORS = 50
BINS = 15


def ratio(a, b):
    return float(a) / float(b) if b else 0.0


def table(truth, answers, classes):
    """Counts [true, answered] and precision, recall, F1, support of each label; a division by nought is 0."""
    counts = np.zeros((classes, classes), dtype=int)
    np.add.at(counts, (truth, answers), 1)
    rows = []
    for label in range(classes):
        right, said, support = counts[label, label], counts[:, label].sum(), counts[label].sum()
        precision, recall = ratio(right, said), ratio(right, support)
        rows.append((precision, recall, ratio(2 * precision * recall, precision + recall), int(support)))
    return counts, rows


def scores(truth, answers, classes):
    """Accuracy and macro-F1 over the labels that occur or were answered."""
    _, rows = table(truth, answers, classes)
    occurring = sorted(set(truth.tolist()) | set(answers.tolist()))
    return {
        "accuracy": float((truth == answers).mean()),
        "macro_f1": float(np.mean([rows[label][2] for label in occurring])),
    }


def wilson(share, rows):
    centre = (share + Z * Z / (2 * rows)) / (1 + Z * Z / rows)
    half = (Z / (1 + Z * Z / rows)) * math.sqrt(share * (1 - share) / rows + Z * Z / (4 * rows * rows))
    return [0.0 if share == 0 else centre - half, 1.0 if share == 1 else centre + half]


def independent(texts):
    """Rows that say something of their own: copies count once, n² ÷ Σm² (Kish)."""
    counts = {}
    for text in texts:
        key = " ".join(text.lower().split())
        counts[key] = counts.get(key, 0) + 1
    return len(texts) ** 2 / sum(count**2 for count in counts.values()), len(counts)


def reading(truth, probabilities, texts, labels, order):
    """Every figure of some answers. Labels beyond those of the probabilities were never learned: they count as wrong."""
    rows, known = probabilities.shape
    answers = probabilities.argmax(1)
    counts, per_label = table(truth, answers, len(labels))
    place = {label: i for i, label in enumerate(order)}
    shown = sorted(set(truth.tolist()) | set(answers.tolist()), key=lambda i: place[labels[i]])
    right = int((truth == answers).sum())
    one_hot = np.zeros((rows, max(len(labels), known)))
    one_hot[np.arange(rows), truth] = 1
    padded = np.zeros_like(one_hot)
    padded[:, :known] = probabilities
    own = np.maximum(padded[np.arange(rows), truth], np.finfo(np.float64).eps)
    confidence, hits = probabilities.max(1), truth == answers
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    ece = sum(
        abs(hits[bins == b].mean() - confidence[bins == b].mean()) * (bins == b).mean() for b in set(bins.tolist())
    )
    said, support = counts.sum(0).astype(float), counts.sum(1).astype(float)
    spread = math.sqrt(max(0.0, rows**2 - (said**2).sum()) * max(0.0, rows**2 - (support**2).sum()))
    enough, different = independent(texts)
    per_class = [
        {"label": labels[i], **dict(zip(("precision", "recall", "f1", "support"), per_label[i]))} for i in shown
    ]

    def average(weights):
        whole = sum(weights)
        return {
            **{
                name: float(sum(w * row[name] for w, row in zip(weights, per_class)) / whole)
                for name in ("precision", "recall", "f1")
            },
            "support": rows,
        }

    macro = average([1] * len(per_class))
    return {
        "rows": rows,
        "right": right,
        "accuracy": right / rows,
        "accuracy_wilson95": wilson(right / rows, rows),
        "accuracy_ci95": wilson(right / rows, enough),
        "different_texts": different,
        "macro_f1": macro["f1"],
        "balanced_accuracy": float(np.mean([row["recall"] for row in per_class]))
        if all(row["support"] for row in per_class)
        else None,
        "matthews_corrcoef": float((right * rows - (said * support).sum()) / spread) if spread else 0.0,
        "log_loss": float(-np.log(own).mean()),
        "brier": float(((padded - one_hot) ** 2).sum(1).mean()),
        "ece": min(1.0, float(ece)),
        "per_class": per_class,
        "macro_avg": macro,
        "weighted_avg": average([row["support"] for row in per_class]),
        "confusion_matrix": {
            "labels": [labels[i] for i in shown],
            "counts": [[int(counts[a, b]) for b in shown] for a in shown],
        },
    }


def shortened(text):
    """As the page cuts it: by units of UTF-16, never within a character."""
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * MOST_CHARACTERS:
        return text
    return units[: 2 * (MOST_CHARACTERS - 1)].decode("utf-16-le", "ignore") + "…"


def answers_of(rows, probabilities, labels, folds, told):
    found = []
    for row, own, fold in zip(rows, probabilities, folds):
        top = int(own.argmax())
        found.append(
            {
                "line": row["line"],
                "text": shortened(row["text"]),
                "label": row["label"],
                "predicted": labels[top],
                "confidence": min(1.0, float(own[top])),
                "fold": fold,
                **({"probabilities": [min(1.0, float(f"{p:.7g}")) for p in own]} if told else {}),
            }
        )
    return found


def over_folds(values, planned, by_rows):
    """Mean, spread and interval over folds (Nadeau and Bengio 2003), never narrower than the rows allow."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return {"mean": mean, "sd": None, "ci95": None}
    sd = float(np.std(values, ddof=1))
    half = T[min(len(values) - 1, len(T)) - 1] * sd * math.sqrt(1 / len(values) + 1 / (planned - 1))
    low, high = max(0.0, mean - half), min(1.0, mean + half)
    if by_rows is None or high - low >= by_rows[1] - by_rows[0]:
        return {"mean": mean, "sd": sd, "ci95": [low, high], "ci95_from": "folds"}
    return {"mean": mean, "sd": sd, "ci95": [min(mean, by_rows[0]), max(mean, by_rows[1])], "ci95_from": "rows"}


def percent(share):
    return f"{100 * share:.1f} %"


def verdict(told, settings, test):
    """In words, what the figures say and no more; the run in the browser beside it, unpaired."""
    before = settings["before"]
    sentence = (
        f"{percent(told['mean'])} right over {len(settings['folds'])} folds, each answered by a model that had not seen it."
    )
    finished, planned = before["folds"], len(settings["folds"])
    same = "the same folds" if finished == planned else f"{finished} of these folds, where it was stopped"
    detail = f"The run in the browser, «{settings['run']['name']}», had {percent(before['accuracy'])} on {same}."
    if test is not None:
        detail += f" On the test part: {percent(test['accuracy'])} of {test['rows']} rows here"
        detail += f", {percent(before['test_accuracy'])} there." if before["test_accuracy"] is not None else "."
    return {"sentence": sentence, "detail": detail, "notes": []}


def whole(settings, done):
    """The report. `done` is what train.py measured; all else stands in settings.json."""
    labels, order, rows = settings["labels"], settings["label_order"], done["rows"]
    every = labels + [label for label in order if label not in labels]
    index = {label: i for i, label in enumerate(every)}
    count = len(rows) + len(done["test_rows"])
    told = count * len(labels) <= MOST_PROBABILITIES
    places = [i for part in done["folds"] for i in part["rows"]]
    folds = [part["fold"] for part in done["folds"] for _ in part["rows"]]
    probabilities = np.concatenate([part["probabilities"] for part in done["folds"]])
    held = [rows[i] for i in places]
    truth = np.array([index[row["label"]] for row in held])
    out_of_fold = reading(truth, probabilities, [row["text"] for row in held], every, order)
    per_fold = []
    for part in done["folds"]:
        own = np.array([index[rows[i]["label"]] for i in part["rows"]])
        figures = scores(own, part["probabilities"].argmax(1), len(every))
        named = {name: part[name] for name in ("fold", "steps", "epochs", "best_epoch", "seconds")}
        per_fold.append({**named, "rows": len(part["rows"]), **figures})
    accuracy = over_folds([fold["accuracy"] for fold in per_fold], len(per_fold), out_of_fold["accuracy_ci95"])
    macro_f1 = over_folds([fold["macro_f1"] for fold in per_fold], len(per_fold), None)
    predictions = sorted(answers_of(held, probabilities, labels, folds, told), key=lambda answer: answer["line"])
    test = None
    if done["test"] is not None:
        asked = done["test_rows"]
        true = np.array([index[row["label"]] for row in asked])
        unknown = sorted({row["label"] for row in asked if row["label"] not in labels})
        test = {
            **reading(true, done["test"], [row["text"] for row in asked], every, order),
            "source": settings["test"]["source"],
            "predictions": answers_of(asked, done["test"], labels, [None] * len(asked), told),
            "baselines": settings["test"]["baselines"],
            "mcnemar": None,
        }
        if unknown:
            wrong = sum(row["label"] not in labels for row in asked)
            test["unknown_labels"] = {"labels": unknown[:20], "rows": wrong}
    wrong = [
        {**{name: value for name, value in answer.items() if name != "probabilities"}, "part": part}
        for part, found in (("folds", predictions), ("test", test["predictions"] if test else []))
        for answer in found
        if answer["label"] != answer["predicted"]
    ]
    said, final = settings["report"], done["final"]
    settings = {**settings, "folds": per_fold}
    return {
        **report_frame("classification", settings, done, ("valid_accuracy", "valid_macro_f1")),
        "verdict": verdict(accuracy, settings, test),
        "cross_validation": {
            "k": len(per_fold),
            "folds": per_fold,
            "accuracy": accuracy,
            "macro_f1": macro_f1,
            "interval_method": said["interval_method"],
            "notes": said["notes"],
        },
        "baselines": said["baselines"],
        "comparisons": {"majority": None, "features_only": None, "tfidf_logistic_regression": None},
        "out_of_fold": {**out_of_fold, "accuracy_ci95": accuracy["ci95"] or out_of_fold["accuracy_ci95"],
                        "predictions": predictions},
        "test": test,
        "errors": sorted(wrong, key=lambda answer: -answer["confidence"])[:MOST_ERRORS],
        "final_model": {**final, "note": f"Trained on all {final['rows']} training rows. The scores above are of models that saw fewer rows."},
    }  # fmt: skip
