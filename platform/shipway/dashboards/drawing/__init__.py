"""Drawing graphs: boxes in columns, left to right, with curves between them, computed here and not in the browser.

::

    drawing = layout([Node("a", "example-gen", 120, 34), ...], [Edge("a", "b", "examples"), ...])
    drawing.places["a"]         # where the box lies: a Place
    drawing.paths[0].path       # what goes into the attribute `d` of an SVG path

The same graph is drawn the same way every time, whatever process draws it.
"""

from shipway.dashboards.drawing.graph import Drawing, DrawnEdge, Edge, Node, Place
from shipway.dashboards.drawing.layout import layout

__all__ = ["Drawing", "DrawnEdge", "Edge", "Node", "Place", "layout"]
