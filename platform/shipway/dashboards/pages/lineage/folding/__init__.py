"""Folding a graph so that it can be read: fewer vertices that stand for more, and nothing lost.

Each way of folding looks for groups (`alike.py`, `chains.py`, `runs.py`); `quotient.py` puts one vertex in the place of
each; `levels.py` says which ways are used one after the other. The same graph is folded the same way every time.
"""
