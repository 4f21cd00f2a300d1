"""A pod for which there is no node: no pool of that selector, a taint, nothing free that is large enough."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shipway.kube.pods.facts import PodFacts, moment_ms, one_line
from shipway.kube.pods.finding import Finding

REASON = "Unschedulable"
SELECTOR = "didn't match Pod's node affinity/selector"
TAINT = re.compile(r"had untolerated taint(?:\(s\)|s)?(?: \{(?P<taint>[^}]*)\})?")
SHORT_OF = re.compile(r"Insufficient (?P<resource>[^,;. ]+(?:\.[^,;. ]+)*)")
CLAIM = re.compile(r'persistentvolumeclaim "(?P<claim>[^"]+)"(?P<state>[^.]*)')
PREEMPTION = re.compile(r"\s*(?:no new claims to deallocate, )?preemption: .*$")


def check(pod: PodFacts) -> Finding | None:
    condition = pod.conditions.get("PodScheduled", {})
    if condition.get("status") != "False" or condition.get("reason") not in (REASON, "SchedulingGated"):
        return None
    said = PREEMPTION.sub("", one_line(condition.get("message")))
    causes = list(_causes(pod, said))
    texts = "; ".join(text for text, _ in causes)
    way_out = causes[0][1] if causes else f"look closer: kubectl describe pod {pod.place}"
    return Finding(
        REASON,
        f"waits for a node: none takes pod {pod.name!r}, {texts + ' ' if texts else ''}({said.rstrip('.')})",
        way_out,
        is_final=False,
        since_ms=moment_ms(condition.get("lastTransitionTime")) or pod.created_ms,
    )


def _causes(pod: PodFacts, said: str) -> Iterator[tuple[str, str]]:
    """What is missing, each with its way out."""
    settings = pod.subject.settings
    if SELECTOR in said:
        wanted = ", ".join(f"{name}={value}" for name, value in pod.selector.items())
        if wanted:
            found = f"kubectl get nodes -l {wanted.replace(', ', ',')}"
            yield (
                f"as too few have the labels of its node selector {wanted}",
                f"add such a node, or correct the node pool of {settings}: {found}",
            )
        elif pod.has_affinity:
            yield (
                "as too few fit its node affinity",
                f"correct the affinity of {settings}: kubectl get nodes --show-labels",
            )
    taint = TAINT.search(said)
    if taint:
        yield (
            f"as it does not tolerate their taint {taint['taint'] or ''}".rstrip(),
            f"add the toleration to the node pool of {settings}: kubectl describe nodes",
        )
    short = list(dict.fromkeys(found["resource"] for found in SHORT_OF.finditer(said)))
    if short:
        asked = ", ".join(f"{name} {_asked(pod, name)}" for name in short)
        yield (
            f"as too little is free of what it asks for: {asked}",
            f"add a larger node, wait for others to end, or ask for less at {settings}: kubectl describe nodes",
        )
    claim = CLAIM.search(said)
    if claim:
        state = "is not there" if "not found" in claim["state"] else f"cannot be used ({claim['state'].strip()})"
        yield (
            f"as its volume claim {claim['claim']!r} {state}",
            f"make the claim, or correct the volumes of {settings}: kubectl get pvc -n {pod.namespace}",
        )
    elif "unbound" in said and "PersistentVolumeClaim" in said:
        yield (
            "as no volume was found for its claim yet",
            f"see why not: kubectl describe pvc -n {pod.namespace}",
        )
    elif "volume node affinity conflict" in said:
        yield (
            "as its volume lies in another zone than the nodes that fit it",
            f"choose a volume or a pool of one zone for {settings}: kubectl get pv -o wide",
        )


def _asked(pod: PodFacts, resource: str) -> str:
    """What the containers ask for; the scheduler adds them up, a person finds them one by one."""
    asked = [one.requests.get(resource, one.limits.get(resource)) for one in pod.containers]
    return " + ".join(str(one) for one in asked if one) or "?"
