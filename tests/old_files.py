"""Makes files as old programs wrote them: compound files ([MS-CFB]) and BIFF8 workbooks ([MS-XLS]), by hand."""

from __future__ import annotations

import struct

SECTOR = 512
END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def compound(**streams: bytes) -> bytes:
    """A compound file (version 3) of these streams; each is padded to 4,096 bytes, so that none is a short one."""
    bodies = {name: body + b"\0" * (-len(body) % SECTOR) for name, body in streams.items()}
    bodies = {name: body.ljust(4096, b"\0") for name, body in bodies.items()}
    chain: list[int] = [FAT, END]  # sector 0 is the table of chains, sector 1 the directory
    entries = [_entry("Root Entry", 5, END, 0, child=1)]
    content = b""
    for number, (name, body) in enumerate(bodies.items(), 1):
        start = len(chain)
        count = len(body) // SECTOR
        chain += [*range(start + 1, start + count), END]
        entries.append(_entry(name, 2, start, len(body), right=number + 1 if number < len(bodies) else FREE))
        content += body
    assert len(chain) <= 128 and len(entries) <= 4
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, END, 0, END, 0) + struct.pack("<I", 0) + b"\xff" * 432
    table = struct.pack(f"<{len(chain)}I", *chain).ljust(SECTOR, b"\xff")
    directory = b"".join(entries).ljust(SECTOR, b"\0")
    return header + table + directory + content


def _entry(name: str, kind: int, start: int, size: int, *, child: int = FREE, right: int = FREE) -> bytes:
    spelled = name.encode("utf-16-le") + b"\0\0"
    entry = spelled.ljust(64, b"\0") + struct.pack("<HBBIII", len(spelled), kind, 1, FREE, right, child)
    return entry + b"\0" * 36 + struct.pack("<IQ", start, size)


def record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _string(text: str) -> bytes:
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")


def xls(*rows: list[object], password: bool = False, name: str = "Sheet1") -> bytes:
    """An .xls of one sheet; numbers as Excel stores them, None leaves a cell out."""
    begin = struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6)
    sheet = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6))
    for line, row in enumerate(rows):
        for column, value in enumerate(row):
            place = struct.pack("<HHH", line, column, 0)
            if isinstance(value, str):
                sheet += record(0x0204, place + _string(value))
            elif isinstance(value, int | float):
                sheet += record(0x0203, place + struct.pack("<d", value))
    sheet += record(0x000A)
    secret = record(0x002F, struct.pack("<HHHH", 0, 0x1234, 0x5678, 0)) if password else b""
    styles = record(0x00E0, b"\0" * 20)
    spelled = struct.pack("<BB", len(name), 1) + name.encode("utf-16-le")
    offset = 4 + len(begin) + len(secret) + len(styles) + 4 + 6 + len(spelled) + 4
    book = record(0x0809, begin) + secret + styles
    book += record(0x0085, struct.pack("<IBB", offset, 0, 0) + spelled) + record(0x000A)
    return compound(Workbook=book + sheet)


def encrypted_xlsx() -> bytes:
    """What Excel writes for a workbook with a password: the package is in a stream of a compound file."""
    how = b"\x04\0\x04\0\x40\0\0\0<encryption/>"
    return compound(EncryptionInfo=how, EncryptedPackage=b"\x10\0\0\0\0\0\0\0" + bytes(range(256)))
