"""Lists of nodes by the time of their last change, and by ranges of ids.

A list that is ordered by the time of the last change has a trap: the engine's page token names the nodes of that
page's last millisecond alone, so more nodes of one millisecond than fit a page would come round for ever. The token is
made anew with all that were listed.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from typing import Any

from shipway.lineage.calls import PAGE, OrderBy, call
from shipway.lineage.engine import metadata_store_pb2
from shipway.lineage.protos import ListOperationOptions
from shipway.lineage.service import MetadataService


def last_changed(service: MetadataService, method: str, attribute: str, **fields: Any) -> Iterator[Any]:
    """Nodes by the time of their last change, the latest first; pages are read as far as the caller goes."""
    latest_first = OrderBy(field=OrderBy.Field.LAST_UPDATE_TIME, is_asc=False)
    options = ListOperationOptions(max_result_size=PAGE, order_by_field=latest_first)
    of_one_moment: list[Any] = []
    while True:
        response = call(service, method, options=options, **fields)
        page = getattr(response, attribute)
        yield from page
        if not response.next_page_token:
            return
        moment = page[-1].last_update_time_since_epoch
        of_one_moment = [one for one in (*of_one_moment, *page) if one.last_update_time_since_epoch == moment]
        options.next_page_token = _with_listed(response.next_page_token, (one.id for one in of_one_moment))


def newest_id(service: MetadataService, method: str, attribute: str) -> int:
    """The highest id there is; 0 in an empty store."""
    newest_first = OrderBy(field=OrderBy.Field.ID, is_asc=False)
    response = call(service, method, options=ListOperationOptions(max_result_size=1, order_by_field=newest_first))
    return max((one.id for one in getattr(response, attribute)), default=0)


def _with_listed(token: str, ids: Iterable[int]) -> str:
    padded = token + "=" * (-len(token) % 4)
    decoded = metadata_store_pb2.ListOperationNextPageToken.FromString(base64.urlsafe_b64decode(padded))
    decoded.listed_ids[:] = ids
    return base64.urlsafe_b64encode(decoded.SerializeToString()).decode().rstrip("=")
