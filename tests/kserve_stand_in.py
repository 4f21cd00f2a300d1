"""What KServe does with InferenceServices, for tests: a Deployment, a Service, pods that get ready or do not.

`trouble` says what becomes of a version's pods; a version without any is served at once by a model with one signature.
"""

import copy
import json

SERVICE_LABEL = "serving.kserve.io/inferenceservice"


class KServeStandIn:
    """A controller for `ClusterStandIn.controllers`; `answers` gives the reply to a version's predictions."""

    def __init__(self, objects):
        self.objects = objects
        self.trouble = {}
        """Version to the status of its pod, or to a condition of its Deployment."""
        self.answers = {}
        """Version to (HTTP status, body) of its predictions."""
        self.asked = []
        objects.controllers.append(self)
        for name in ("shipway-serving", "kserve-tensorflow-serving"):
            formats = [{"name": "tensorflow", "version": "2"}]
            runtime = {"metadata": {"name": name}, "spec": {"supportedModelFormats": formats}}
            objects.put("clusterservingruntimes", runtime)

    def __call__(self, objects, verb, resource, service):
        if resource != "inferenceservices":
            return
        namespace, name = service["metadata"]["namespace"], service["metadata"]["name"]
        if verb == "delete":
            for kind in ("deployments", "services", "pods"):
                objects.remove(kind, namespace, f"{name}-predictor")
            objects.services.pop((namespace, f"{name}-predictor"), None)
            return
        self._roll_out(objects, service, namespace, name)

    def _roll_out(self, objects, service, namespace, name):
        told = {**service["metadata"]["annotations"]}
        version, trouble = told.get("shipway.dev/version", ""), None
        trouble = self.trouble.get(version)
        names = {"namespace": namespace, "name": f"{name}-predictor"}
        labels = {SERVICE_LABEL: name, "component": "predictor"}
        is_ready = trouble is None
        conditions = [trouble["condition"]] if trouble and "condition" in trouble else []
        objects.put(
            "deployments",
            {
                "metadata": {**names, "generation": 1},
                "spec": {"replicas": 1, "template": {"metadata": {"annotations": told}}},
                "status": {
                    "observedGeneration": 1,
                    "updatedReplicas": 1,
                    "replicas": 1 if is_ready else 2,
                    "availableReplicas": 1,
                    "conditions": conditions,
                },
            },
        )
        objects.put("services", {"metadata": dict(names), "spec": {"ports": [{"port": 80, "targetPort": 8080}]}})
        if conditions:
            return
        pod = {
            "metadata": {**names, "labels": labels, "annotations": told},
            "spec": {"containers": [], **(trouble or {}).get("spec", {})},
            "status": {"conditions": [{"type": "Ready", "status": "True"}]} if is_ready else trouble["status"],
        }
        if is_ready:
            objects.put("pods", pod)
            objects.services[namespace, f"{name}-predictor"] = self._model(name, version)
            status = {"address": {"url": f"http://{name}-predictor.{namespace}.svc.cluster.local"}}
            service = {**copy.deepcopy(service), "status": status}
            objects.put("inferenceservices", service)
        else:
            pod["metadata"]["name"] += "-new"
            objects.put("pods", pod)

    def _model(self, name, version):
        tensor = {"dtype": "DT_FLOAT", "tensor_shape": {"dim": [{"size": "-1"}]}}
        signature = {"inputs": {"x": tensor}, "outputs": {"y": tensor}}
        metadata = {
            "model_spec": {"name": name, "version": version},
            "metadata": {"signature_def": {"signature_def": {"serving_default": signature}}},
        }

        def answer(method, path, body):
            self.asked.append((version, path))
            if f"/versions/{version}" not in path and "/versions/" in path:
                return 404, {"error": "Servable not found"}
            if method == "GET":
                return 200, metadata
            status, said = self.answers.get(version, (200, {"outputs": [0.5]}))
            assert json.loads(body)["inputs"] == {"x": [0]}
            return status, said

        return answer
