"""The store: SQLModel tables, which never leave this folder, and the repositories that read and write them.

Everything outside gets plain values from ``listener.model`` or from a repository's own dataclasses.
"""
