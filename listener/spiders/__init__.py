"""Spiders: one module for each platform, found by walking this folder; and the hardened way of fetching.

A platform module reads pages and never fetches; ``child`` fetches with Scrapy and never reads. A new platform is a
module with a ``Platform`` class, a TOML file and a fixture folder: see docs/adding-a-source.md.
"""
