"""Runs of Kubeflow Pipelines as the cluster has them: Argo's workflows and their pods, read from plain JSON.

A workflow tells when its run ends and how, and what admission refused before there was a pod; a pod tells why its step
died. Both are read with the right to list and watch them alone, without Kubeflow's own API and its token.
"""

from shipway.kube.runs.command import Command, command_of
from shipway.kube.runs.pod import RunPod, read_pod
from shipway.kube.runs.workflow import Node, Workflow, read_workflow

__all__ = ["Command", "Node", "RunPod", "Workflow", "command_of", "read_pod", "read_workflow"]
