"""What became of a pod, in one sentence that says what to do about it.

::

    verdict_of(pod, subject, events)     a pure function over JSON as the API server gives it
      PodFacts                           what the checks look at
      checks/                            one cause a file; the first that finds something has the word
"""

from shipway.kube.pods.subject import Subject
from shipway.kube.pods.trouble_events import trouble_events
from shipway.kube.pods.verdict import Verdict, verdict_of

__all__ = ["Subject", "Verdict", "trouble_events", "verdict_of"]
