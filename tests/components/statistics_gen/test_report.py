"""The page of statistics: whole in itself, small, and deaf to what features are called."""

from html.parser import HTMLParser

import pyarrow as pa

from shipway.data.statistics import StatisticsOptions, generate_statistics
from shipway_components.statistics_gen.report import FEATURES_AT_MOST, report


class Tags(HTMLParser):
    """The tags and attributes that a browser would see."""

    def __init__(self, page):
        super().__init__()
        self.seen = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))


def page(**columns):
    batch = pa.RecordBatch.from_pydict(columns)
    return report({"train": generate_statistics([batch], StatisticsOptions(), None).datasets[0]})


def test_each_feature_has_its_row():
    shown = page(fare=[1.0, 2.0, None, 9.0], company=["a", "b", "a", None])
    assert "<h2>train</h2><p>4 rows, 2 features</p>" in shown
    assert "<td>fare</td><td>float</td><td>25.0%</td>" in shown
    assert "<td>company</td><td>string</td><td>25.0%</td><td>2</td>" in shown
    assert "<svg" in shown


def test_hostile_names_and_values_are_text():
    shown = page(**{"<img src=x onerror=alert(1)>": ["<script>alert(1)</script>", "\x00\u202e"], "n" * 500: [1, 2]})
    tags = Tags(shown).seen
    assert {tag for tag, _ in tags} <= {
        "html", "head", "meta", "title", "style", "body", "h2", "p", "table", "tr", "th", "td", "svg", "rect",
    }  # fmt: skip
    assert not [value for _, attributes in tags for value in attributes.values() if "://" in (value or "")]
    assert "n" * 100 not in shown


def test_a_wide_table_is_cut_and_says_so():
    shown = page(**{f"f{number}": [1.0] for number in range(FEATURES_AT_MOST + 5)})
    assert shown.count("<tr>") == FEATURES_AT_MOST + 1
    assert "<p>5 more features are not shown.</p>" in shown
