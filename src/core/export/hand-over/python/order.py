"""The page's own draws, so that rows come in the same order and stand in the same batches.

Ported from core/random.ts and core/text/batches.ts of Hone, number for number: Mulberry32, a seed for each part of a
run, a shuffle, and batches of rows of like length. Nothing here needs a package.
"""

U32 = 0xFFFFFFFF
SORT_WINDOW_BATCHES = 8


def derive_seed(seed, *parts):
    """A seed for a named part of a run: FNV-1a over the seed and the names."""
    value = 0x811C9DC5
    for char in "\0".join(str(part) for part in (seed, *parts)):
        value = ((value ^ ord(char)) * 0x01000193) & U32
    return value


def uniform(seed):
    """A generator of uniform numbers in [0, 1): Mulberry32."""
    state = seed & U32
    while True:
        state = (state + 0x6D2B79F5) & U32
        t = ((state ^ (state >> 15)) * (state | 1)) & U32
        t ^= (t + (((t ^ (t >> 7)) * (t | 61)) & U32)) & U32
        yield ((t ^ (t >> 14)) & U32) / 4294967296


def shuffle(items, random):
    """Fisher-Yates in place; returns the same list."""
    for i in range(len(items) - 1, 0, -1):
        j = int(next(random) * (i + 1))
        items[i], items[j] = items[j], items[i]
    return items


def training_batches(lengths, batch_size, random):
    """One epoch: every row once, in batches of rows of like length, the batches in random order."""
    rows = shuffle(list(range(len(lengths))), random)
    batches = []
    window_rows = batch_size * SORT_WINDOW_BATCHES
    for start in range(0, len(rows), window_rows):
        window = sorted(rows[start : start + window_rows], key=lambda row: lengths[row])
        batches += [window[i : i + batch_size] for i in range(0, len(window), batch_size)]
    return shuffle(batches, random)


def half_up(value):
    """JavaScript's Math.round, which rounds a half up where Python's rounds it to even."""
    return int(value + 0.5)
