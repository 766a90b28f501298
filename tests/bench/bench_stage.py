"""Start, memory and the longest inputs of the nlp stage: ``python tests/bench/bench_stage.py [jieba|rjieba]``."""

from __future__ import annotations

import resource
import sys
import time

HOSTILE = {
    "1 MB of one character": "啊" * 1_000_000,
    "100,000 emoji": "😡" * 100_000,
    "nested brackets": "[" * 200_000 + "]" * 200_000,
    "digits": "1" * 1_000_000,
    "negations": "不" * 300_000,
    "addresses": "a@" * 200_000,
    "demands": "我要求" * 100_000,
    "a long complaint": "厂家没有人联系，" * 50_000,
}


def main() -> None:
    engine = sys.argv[1] if len(sys.argv) > 1 else "rjieba"
    begin = time.perf_counter()
    from listener.complaints import judge
    from listener.nlp.analyse import Analyser
    from listener.nlp.segment import Segmenter

    analyser = Analyser(Segmenter(engine="jieba" if engine == "jieba" else "rjieba"))
    judge("起动", analyser.analyse("起动"))
    print(f"{engine}: first answer after {time.perf_counter() - begin:.2f} s")
    for name, text in HOSTILE.items():
        begin = time.perf_counter()
        judge(text, analyser.analyse(text))
        print(f"{name:24} {time.perf_counter() - begin:.3f} s")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
