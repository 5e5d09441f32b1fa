"""The sum by which a bench believes that bytes were loaded: see "bench" in the protocol.

NumPy adds as fast as memory gives; where a library comes without it, Python's own ``sum`` does,
which is far slower than any library loads: such an adapter's figures are the sum's.
"""

import sys
from typing import Any, Iterable

#: Bytes of a block.
BLOCK = 1 << 20
MASK = (1 << 64) - 1


def keyed_sum(nonce: int, buffers: Iterable[Any]) -> int:
    keys = [key(nonce, 0)]
    total = 0
    for buffer in buffers:
        view = memoryview(buffer)
        if not view.nbytes:
            continue  # Python casts no view of nothing
        contents = view.cast("B")
        for at in range(0, len(contents), BLOCK):
            if at // BLOCK == len(keys):
                keys.append(key(nonce, len(keys)))
            total += keys[at // BLOCK] * plain_sum(contents[at : at + BLOCK])
    return total & MASK


def key(nonce: int, at: int) -> int:
    mixed = (nonce + (at + 1) * 0x9E3779B97F4A7C15) & MASK
    mixed = ((mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9) & MASK
    mixed = ((mixed ^ mixed >> 27) * 0x94D049BB133111EB) & MASK
    return (mixed ^ mixed >> 31) | 1


def plain_sum(block: memoryview) -> int:
    whole = len(block) & ~7
    return words_sum(block[:whole]) + int.from_bytes(block[whole:], "little")


def words_sum(words: memoryview) -> int:
    numpy = sys.modules.get("numpy")
    if numpy is None or len(words) < 256:
        # Native order: whoever runs this on a big-endian machine sees wrong sums, not wrong files.
        return sum(words.cast("Q"))
    return int(numpy.frombuffer(words, "<u8").sum(dtype=numpy.uint64))
