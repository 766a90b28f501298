"""What arrives by itself: files in a folder, pushed mentions, and what colleagues forward.

Pure: ``links``, ``shares``, ``chats``, ``mails``, ``entries``, ``signatures``, ``pushed``. With files or processes:
``folder``, ``evidence``, ``ocr``. Nothing here decides about cases: it makes captures.
"""
