"""Records that the metadata service could not take: they wait as files and are delivered later, in order and once.

`recording.py` is what a runner or a step records through; `folder.py` keeps the files, `delivery.py` hands them over.
"""

from __future__ import annotations

from shipway.lineage.spool.delivery import Delivery, deliver, deliver_waiting
from shipway.lineage.spool.folder import SpoolFolder
from shipway.lineage.spool.recording import Recording

__all__ = ["Delivery", "Recording", "SpoolFolder", "deliver", "deliver_waiting"]
