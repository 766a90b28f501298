"""Customers: importing them, and finding whom a mention is from (match), with evidence for and against."""
