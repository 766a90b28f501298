"""What comes in other than by a crawl: imported tables, files in a folder, pushed mentions, what colleagues forward.

Pure: ``links``, ``shares``, ``chats``, ``mails``, ``entries``, ``signatures``, ``pushed``. With files or processes:
``folder``, ``evidence``, ``ocr``; tables of mentions: ``tables``, ``mappings``, ``importing``. Nothing here decides
about cases: it makes captures.
"""
