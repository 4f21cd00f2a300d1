"""The dashboards: what ran, what it made and what that was made from, as pages for a person who looks.

A request passes, from the outside in: `headers` (what every response carries), gzip, `fault_pages` (every error becomes
a page), `hosts` (the Host header), `guard` (who asks; no POST without its token), and then the route of a page. A page
is a folder of `pages/`: `routes.py` asks, `view.py` makes plain dataclasses of the answers, a template shows them.
`site.py` is what all pages share.
"""
