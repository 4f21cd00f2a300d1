import threading
import time

import pytest

from shipway.data.prefetch import prefetched


def test_items_come_in_their_order():
    assert list(prefetched(iter(range(100)), depth=2)) == list(range(100))


def test_an_exception_comes_where_it_would_have():
    def broken():
        yield 1
        raise LookupError("gone")

    items = prefetched(broken())
    assert next(items) == 1
    with pytest.raises(LookupError, match="gone"):
        next(items)


def test_no_more_than_the_depth_is_made_ahead():
    made = []

    def counted():
        for number in range(100):
            made.append(number)
            yield number

    items = prefetched(counted(), depth=2)
    next(items)
    time.sleep(0.05)
    assert len(made) <= 4
    items.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "read-ahead"]
