"""Customers in an installation: read from tables and views, stored, shown as a card, and erased with the proof."""
