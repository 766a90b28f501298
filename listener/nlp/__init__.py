"""Understanding Chinese text: segment, judge the sentiment, find what is complained about and by whom.

    text → segment → sentiment → cues → entities, categories, remedy → Analysis

Everything here is pure: same text in, same analysis out; no clock, no network, no database.
"""
