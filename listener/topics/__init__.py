"""Topics: which of the watched subjects a mention belongs to, and which words say so. Pure.

A topic matches where any of ``any`` occurs, every word of ``must``, none of ``exclude``, and ``query`` holds.
Matching is blind to case, width and traditional characters; Latin words match at word boundaries. One automaton holds
the words of all topics, and only the topics of which a needed word occurs are looked at.

    grammar, fields, patterns   the language of queries (docs/topics.md)      nodes       its trees
    compiling                   a topic to a tree                             scan        what stands in a mention
    matching                    the topics of a mention                       explaining  why, and why not
    checking                    topics that can never match or always do
"""

from listener.topics.checking import check, warnings
from listener.topics.grammar import WrongQuery, parse
from listener.topics.matching import Topics
from listener.topics.nodes import Hit

__all__ = ["Hit", "Topics", "WrongQuery", "check", "parse", "warnings"]
