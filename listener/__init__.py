"""Listener."""

from listener import native

native.install()
