"""The demo: a bundled sample site, sample customers and a local mail sink, on loopback only.

Everything in it is invented: the carmaker 朔岳, the shop chain 柚巷, their rivals, customers and accounts.
"""
