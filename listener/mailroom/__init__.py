"""Mails that come in: answers that act on cases, bounces that mark an address, and what colleagues forward."""
