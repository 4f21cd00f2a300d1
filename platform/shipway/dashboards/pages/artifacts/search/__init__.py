"""Finding artifacts by any text that is recorded of them.

ML Metadata's own filter cannot do it: it asks for one property by its name, an artifact that lacks it is no match, and
a quotation mark in its texts ends them in SQLite, so that what a person types would be read as SQL. So the texts are
kept in memory (`index.py`, bounded), and brought up to date from what changed in the store before they are searched
(`feed.py`).
"""
