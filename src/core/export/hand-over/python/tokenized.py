"""Puts the rows into the form that LLaMA-Factory loads as tokenized already: the tokens that are learned are those of the page.

    python tokenized.py
"""
import json

from datasets import Dataset, DatasetDict


def rows(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield {
                "input_ids": row["input_ids"],
                "attention_mask": [1] * len(row["input_ids"]),
                "labels": row["labels"],
            }


def main():
    DatasetDict({"train": Dataset.from_list(list(rows("data/train.jsonl")))}).save_to_disk("data/tokenized")
    print("data/tokenized is written.")


if __name__ == "__main__":
    main()
