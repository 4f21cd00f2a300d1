"""Model cards: what a model is for, what it learned from, how good it is and for whom, and where it fails.

The sections are those of Mitchell et al., "Model Cards for Model Reporting" (FAT* 2019, doi:10.1145/3287560.3287596),
and of Google's Model Card Toolkit. A card is made anew whenever it is asked for, out of lineage and the files of
artifacts; `content.py` says what a card is made of, `card.py` makes one, `markdown.py` and a template write it
down.

What no store can know, a pipeline's author writes (`written.py`). A section that nobody wrote says so.
"""
