"""What arrives by itself: files in a folder, pushed mentions, and what colleagues forward.

Pure: ``links``, ``shares``, ``chats``, ``mails``, ``entries``, ``signatures``, ``pushed``. With files, processes or
sockets: ``folder``, ``evidence``, ``ocr``, ``mailbox``. Nothing here decides about cases: it makes captures.
"""
