"""The watcher: follows the runs of a cluster, and records what nobody in them can say.

A step whose pod is killed says nothing any more, one whose image cannot be pulled never does, and Kubeflow Pipelines
tells no metadata store of ours how a run ended::

    Follower (kube)      two threads a namespace: pods and workflows, listed and then watched
      Inbox              what they tell, one queue
    Clerk                one thread: takes it in, and settles every run that has changed
      Runs RunState      what is known of each run
      deaths waits       what follows of it: steps that died, steps that cannot begin
      Book               makes the metadata store say so, once however often it is told

All of it is worked out of what the cluster has now, never of the order in which it was heard: a watcher that was away,
or a second one beside it, comes to the same records.
"""

from shipway.watcher.options import WatchOptions

__all__ = ["WatchOptions"]
