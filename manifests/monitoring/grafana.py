"""Writes Grafana's dashboards: one JSON file beside each YAML file of `dashboards/`, which are what people edit.

A dashboard is rows of panels, and a panel is a title, what it shows in a sentence, a kind, a unit and its queries. What
Grafana wants besides (ids, positions, colours, defaults of each kind) is the same for all of them and comes from here.

    python manifests/monitoring/grafana.py            writes the files
    python manifests/monitoring/grafana.py --check    exit code 1 where a file is not what would be written
"""

from __future__ import annotations

import functools
import json
import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

SOURCES = Path(__file__).resolve().parent / "dashboards"
THRESHOLDS = Path(__file__).resolve().parent / "rules" / "thresholds.yaml"
TAG = "shipway"
COLUMNS = 24
SCHEMA_VERSION = 39
"""Of Grafana 11; a newer Grafana brings the dashboard up to its own when it loads it."""

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
LAST_VALUE = {"calcs": ["lastNotNull"], "fields": "", "values": False}
LEGEND = {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []}
DIFFERENCES = {"mode": "multi", "sort": "desc"}

Json = dict[str, Any]


def main(arguments: list[str]) -> int:
    """Write the dashboards, or with `--check` say which of them are not as they would be written."""
    stale = [path for path, text in written() if not path.is_file() or path.read_text() != text]
    if "--check" in arguments:
        for path in stale:
            print(f"{path} is not what its source says: run make manifests.", file=sys.stderr)
        return 1 if stale else 0
    for path, text in written():
        path.write_text(text)
    return 0


def written() -> Iterator[tuple[Path, str]]:
    """The path and the text of each dashboard."""
    for source in sorted(SOURCES.glob("*.yaml")):
        board = dashboard(yaml.safe_load(source.read_text()))
        yield source.with_suffix(".json"), json.dumps(board, indent=2, ensure_ascii=False) + "\n"


def dashboard(source: Json) -> Json:
    """Grafana's document for one source."""
    return {
        "uid": source["uid"],
        "title": source["title"],
        "description": source["description"],
        "tags": [TAG],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "timezone": "browser",
        "time": {"from": source.get("from", "now-24h"), "to": "now"},
        "refresh": source.get("refresh", "1m"),
        "templating": {"list": [_datasource_variable(), *_variables(source.get("variables", {}))]},
        "annotations": {"list": []},
        "links": [_links_to_the_others()],
        "panels": list(_placed(source["rows"])),
    }


def _datasource_variable() -> Json:
    return {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus", "hide": 0}


def _variables(queries: dict[str, str]) -> Iterator[Json]:
    """Variables whose values Prometheus is asked for; several can be chosen, and all are at first."""
    for name, query in queries.items():
        yield {
            "name": name,
            "label": name.capitalize(),
            "type": "query",
            "datasource": DATASOURCE,
            "query": {"query": query, "refId": name},
            "refresh": 2,
            "sort": 1,
            "multi": True,
            "includeAll": True,
            "allValue": ".*",
            "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
            "hide": 0,
        }


def _links_to_the_others() -> Json:
    return {
        "title": "Shipway",
        "type": "dashboards",
        "tags": [TAG],
        "icon": "external link",
        "tooltip": "",
        "url": "",
        "asDropdown": False,
        "includeVars": True,
        "keepTime": True,
        "targetBlank": False,
    }


def _placed(rows: Iterable[Json]) -> Iterator[Json]:
    """All panels with ids and positions: each row's from left to right, in as many lines as they need."""
    number, top = 0, 0
    for row in rows:
        number += 1
        place = {"h": 1, "w": COLUMNS, "x": 0, "y": top}
        yield {"id": number, "type": "row", "title": row["title"], "collapsed": False, "gridPos": place, "panels": []}
        top += 1
        left = line_height = 0
        for source in row["panels"]:
            width, height = source.get("width", 8), source.get("height", 8)
            if left + width > COLUMNS:
                left, top, line_height = 0, top + line_height, 0
            number += 1
            yield panel(source, number, {"h": height, "w": width, "x": left, "y": top})
            left, line_height = left + width, max(line_height, height)
        top += line_height


def panel(source: Json, number: int, place: Json) -> Json:
    """One panel at its place."""
    make = KINDS[source["kind"]]
    defaults = {
        "unit": source.get("unit", "short"),
        "color": {"mode": "thresholds" if _is_coloured_by_thresholds(source) else "palette-classic"},
        "thresholds": {"mode": "absolute", "steps": _steps(source.get("thresholds", {"green": None}))},
        "mappings": _mappings(source.get("values", {})),
    }
    defaults |= {name: source[name] for name in ("min", "max", "decimals") if name in source}
    parts = make(source)
    defaults["custom"] = parts.pop("custom", {})
    return {
        "id": number,
        "type": source["kind"],
        "title": source["title"],
        "description": source["description"],
        "gridPos": place,
        "datasource": DATASOURCE,
        "targets": list(_targets(source)),
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "links": [_link(link) for link in source.get("links", [])],
        **parts,
    }


def _is_coloured_by_thresholds(source: Json) -> bool:
    return source["kind"] in ("stat", "bargauge", "table", "state-timeline") or bool(source.get("values"))


def _steps(thresholds: dict[str, float | str | None]) -> list[Json]:
    """From colours and the values at which they begin, or the names of thresholds; the first one begins nowhere."""
    known = rule_thresholds()
    values = {colour: known[at] if isinstance(at, str) else at for colour, at in thresholds.items()}
    return [{"color": colour, "value": value} for colour, value in values.items()]


@functools.cache
def rule_thresholds() -> dict[str, float]:
    """The thresholds of the alerts by name, `of` or `of/window`, so that colours change where alerts begin to fire."""
    found = {}
    for group in yaml.safe_load(THRESHOLDS.read_text())["groups"]:
        for rule in group["rules"]:
            if (product := re.fullmatch(r"vector\(([\d.* ]+)\)", rule["expr"])) is not None:
                labels = rule["labels"]
                name = "/".join([labels["of"], *(labels[more] for more in sorted(labels) if more != "of")])
                found[name] = math.prod(float(factor) for factor in product[1].split("*"))
    return found


def _mappings(values: dict[Any, list[str]]) -> list[Json]:
    """Texts and colours for values."""
    if not values:
        return []
    options = {
        str(value): {"text": text, "color": colour, "index": at}
        for at, (value, (text, colour)) in enumerate(values.items())
    }
    return [{"type": "value", "options": options}]


def _targets(source: Json) -> Iterator[Json]:
    form = {"table": "table", "heatmap": "heatmap"}.get(source["kind"], "time_series")
    for at, query in enumerate(source["queries"]):
        yield {
            "refId": chr(ord("A") + at),
            "datasource": DATASOURCE,
            "expr": " ".join(query["expr"].split()),
            "legendFormat": query.get("legend", "__auto"),
            "format": form,
            "instant": form == "table",
            "range": form != "table",
        }


def _link(link: Json) -> Json:
    kept = "".join(f"&${{{name}:queryparam}}" for name in link.get("keep", []))
    url = f"/d/{link['to']}?${{__url_time_range}}&${{datasource:queryparam}}{kept}"
    return {"title": link["title"], "url": url, "targetBlank": False}


def _time_series(source: Json) -> Json:
    drawn = source.get("drawn", "line")
    return {
        "options": {"legend": LEGEND, "tooltip": DIFFERENCES},
        "custom": {
            "drawStyle": drawn,
            "lineInterpolation": source.get("interpolation", "linear"),
            "lineWidth": 1,
            "fillOpacity": 60 if drawn == "bars" else 10,
            "showPoints": "never",
            "stacking": {"mode": "normal" if source.get("stacked") else "none", "group": "A"},
            "thresholdsStyle": {"mode": "dashed" if "thresholds" in source else "off"},
        },
    }


def _stat(source: Json) -> Json:
    return {
        "options": {
            "reduceOptions": LAST_VALUE,
            "orientation": "auto",
            "textMode": "auto",
            "colorMode": "value",
            "graphMode": "none",
            "justifyMode": "auto",
        }
    }


def _bar_gauge(source: Json) -> Json:
    return {
        "options": {
            "reduceOptions": LAST_VALUE,
            "orientation": "horizontal",
            "displayMode": "basic",
            "valueMode": "color",
            "showUnfilled": True,
        }
    }


def _table(source: Json) -> Json:
    """One line for each combination of labels, with a column for each query, named by its legend."""
    names = {f"Value #{chr(ord('A') + at)}": query["legend"] for at, query in enumerate(source["queries"])}
    renamed = names if len(names) > 1 else {"Value": source["queries"][0]["legend"]}
    organized = {"excludeByName": {"Time": True, "__name__": True}, "indexByName": {}, "renameByName": renamed}
    return {
        "options": {"showHeader": True, "cellHeight": "sm"},
        "custom": {"align": "auto", "cellOptions": {"type": "auto"}, "inspect": False},
        "transformations": [{"id": "merge", "options": {}}, {"id": "organize", "options": organized}],
    }


def _heatmap(source: Json) -> Json:
    return {
        "options": {
            "calculate": False,
            "color": {"mode": "scheme", "scheme": "Blues", "steps": 32, "exponent": 0.5, "fill": "blue"},
            "yAxis": {"axisPlacement": "left", "unit": source.get("unit", "short")},
            "cellGap": 1,
            "tooltip": {"mode": "single", "yHistogram": False},
            "legend": {"show": True},
        }
    }


def _state_timeline(source: Json) -> Json:
    return {
        "options": {
            "showValue": "never",
            "mergeValues": True,
            "rowHeight": 0.8,
            "legend": LEGEND,
            "tooltip": {"mode": "single", "sort": "none"},
        },
        "custom": {"lineWidth": 0, "fillOpacity": 70},
    }


KINDS: dict[str, Callable[[Json], Json]] = {
    "timeseries": _time_series,
    "stat": _stat,
    "bargauge": _bar_gauge,
    "table": _table,
    "heatmap": _heatmap,
    "state-timeline": _state_timeline,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
