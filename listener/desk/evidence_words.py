"""The words in an exported evidence folder: what its README says, and the manifest for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

README = """\
证据目录说明
============

本目录由 Listener 导出，记录一个工单所依据的公开信息。任何人都可以独立核对，不需要 Listener。

一、核对文件是否被改动
    Linux / macOS / Git Bash：  sha256sum -c sha256sums.txt   （macOS：shasum -a 256 -c sha256sums.txt）
    Windows PowerShell：        Get-FileHash -Algorithm SHA256 文件名     与 sha256sums.txt 中的值比较
    每一行都应显示 OK / 成功。改动任何一个字节都会报错。

二、核对内容
    manifest.txt    清单（人读）：每次采集的地址、时间、HTTP 状态、响应正文的 SHA-256
    manifest.json   同上（程序读），并列出全部文件
    case.json       工单及其处理记录
    captures/       每次采集到的内容：标题、正文、发布者、发布时间。被作者修改过的信息有多份，按先后排列
    raw/            采集时网站返回的正文，逐字节原样（已解压）。文件名就是它的 SHA-256，
                    应与 manifest 中同一次采集的 sha256 一致。只有不脱敏导出时才有此目录
    answer 为 null 的条目不是采集来的（导入、转发等），没有网站的响应可以保存
    raw_missing 为 masked：导出时选择了脱敏，正文含个人信息，未附；为 not_kept：已过保存期，只留下哈希

三、核对封签
    seal.json 是 sha256sums.txt 的 SHA-256，以及用出具方密钥计算的 HMAC-SHA256。
    同一哈希在导出时写入了出具方的审计记录。请出具方运行 listener export check 本目录，或出示审计记录。

四、这些材料能证明什么
    哈希证明：这些内容自采集、自导出之后未被改动。它不证明网站上的说法属实，
    也不能代替公证或可信时间戳；如有需要，请在导出后立即把 seal.json 中的哈希交公证或时间戳机构。

How to verify this folder
=========================

1. Files untouched:  sha256sum -c sha256sums.txt        (a changed byte in any file makes it fail)
2. Content: manifest.json lists each capture with address, time, HTTP status and the SHA-256 of the body that the site
   answered with (content encodings undone). raw/SHA256.* are those bodies, byte for byte; they are left out where the
   folder is masked ("raw_missing": "masked") or no longer kept ("not_kept").
3. Seal: seal.json holds the SHA-256 of sha256sums.txt and its HMAC-SHA256 under the issuer's key; the same hash stands
   in the issuer's audit. The issuer checks both with: listener export check FOLDER
4. The hashes prove that nothing was changed since capture and export. They do not prove that what was said is true, and
   replace no notary and no trusted timestamp.
"""

_MISSING = {"masked": "未附（脱敏导出）", "not_kept": "已过保存期"}


def manifest_text(head: Mapping[str, Any], captures: Sequence[Mapping[str, Any]]) -> str:
    """The manifest for people: a block of lines for each capture."""
    lines = [
        f"证据清单：工单 #{head['case']}",
        f"出具方：{head['company']}",
        f"导出时间：{head['made_at']}",
        f"导出人：{head['made_by'] or '（未具名）'}",
        f"脱敏：{'是' if head['masked'] else '否'}",
        f"采集记录：{len(captures)} 份",
        "",
    ]
    for place, capture in enumerate(captures, start=1):
        lines += [f"{place}. {capture['title'] or '（无标题）'}", *_lines(capture), ""]
    return "\n".join(lines)


def _lines(capture: Mapping[str, Any]) -> list[str]:
    answer = capture["answer"]
    said = [
        f"   平台：{capture['platform']}（{capture['site']}）  编号：{capture['native_id']}",
        f"   链接：{capture['url']}",
        f"   发布时间：{capture['published_at'] or '无法读取'}  页面所示：{capture['published_raw'] or '—'}",
        f"   采集时间：{capture['captured_at']}",
        f"   内容：{capture['file']}",
    ]
    if answer is None:
        return [*said, "   响应：无（不是采集来的）"]
    return [
        *said,
        f"   响应地址：{answer['url']}",
        f"   响应时间：{answer['fetched_at']}  HTTP 状态：{answer['status']}  字节数：{answer['bytes']}",
        f"   正文 SHA-256：{answer['sha256']}",
        f"   正文文件：{answer['raw'] or _MISSING[answer['raw_missing']]}",
    ]
