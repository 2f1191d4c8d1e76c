"""Mistakes that other systems are known for, as invented articles with the speakers that GUIDE.md gives them.

Each row of ``*.jsonl``: ``kind``; ``text``; ``expect``, for each sentence ``[speaker]`` or ``[speaker, mention]``, or ``null`` where
the sentence is not judged; ``known_wrong`` where the shipped model errs today. ``python -m tests.regressions [MODEL]`` shows
the counts and what is wrong; with another shipped model, ``--mark`` writes the marks anew and ``floors.json`` holds the floor.
"""
