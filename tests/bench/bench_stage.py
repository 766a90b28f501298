"""Start, memory and longest inputs, in the process's time: ``python tests/bench/bench_stage.py [jieba|rjieba]``."""

from __future__ import annotations

import resource
import sys
import time
from datetime import UTC, datetime

from listener.model import RawMention
from listener.settings import TopicSettings

NOW = datetime(2026, 11, 28, tzinfo=UTC)

HOSTILE = {
    "1 MB of one character": "啊" * 1_000_000,
    "100,000 emoji": "😡" * 100_000,
    "nested brackets": "[" * 200_000 + "]" * 200_000,
    "digits": "1" * 1_000_000,
    "negations": "不" * 300_000,
    "addresses": "a@" * 200_000,
    "1 MB of @": "@" * 1_000_000,
    "1 MB of (": "(" * 1_000_000,
    "1 MB of tags": "<b>" * 333_333,
    "1 MB of full width": "Ａ" * 1_000_000,
    "1 MB of http://": "http://" * 143_000,
    "1 MB of blanks": " \n" * 500_000,
    "dates": "2023年5月" * 150_000,
    "sums": "三千块" * 300_000,
    "demands": "我要求" * 100_000,
    "a long complaint": "厂家没有人联系，" * 50_000,
}


def main() -> None:
    engine = sys.argv[1] if len(sys.argv) > 1 else "rjieba"
    begin = time.process_time()
    from listener.complaints import judge
    from listener.nlp.analyse import Analyser
    from listener.nlp.segment import Segmenter
    from listener.text.clean import clean
    from listener.topics import Topics
    from listener.topics.matching import text_only

    topics = Topics([TopicSettings(name="t", query="(刹车 OR a OR 车) NEAR/3 (失灵 OR 车) OR /(a+)+b/ OR 刹*灵")])
    analyser = Analyser(Segmenter(engine="jieba" if engine == "jieba" else "rjieba"))
    judge("起动", analyser.analyse("起动"))
    print(f"{engine}: first answer after {time.process_time() - begin:.2f} s of its own time")
    for name, text in HOSTILE.items():
        begin = time.process_time()
        raw = RawMention(
            source="s", platform="feed", site="s", native_id="1", url="", captured_at=NOW, content=text,
            content_type="text/html" if "tags" in name else "text/plain",
        )  # fmt: skip
        mention = clean(raw, 1)
        topics.match(mention)
        judge(mention.text, analyser.analyse(mention.text))
        cleaned = time.process_time() - begin
        begin = time.process_time()
        topics.match(text_only(text))
        judge(text, analyser.analyse(text))
        print(f"{name:24} {cleaned:.3f} s cleaned and judged, {time.process_time() - begin:.3f} s judged as it is")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
