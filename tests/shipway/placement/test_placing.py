"""What a cluster file makes of a compiled pipeline: which task gets what, and what wins where both say something."""

import copy

import pytest

from shipway.errors import ContractError
from shipway.placement import ClusterSettings, PlacementFault, place

POOLS = """
    images: {train-gpu: r.example/train-gpu:1, train: r.example/train:1}
    node_pools:
      gpu:
        node_selector: {cloud.google.com/gke-accelerator: nvidia-l4}
        tolerations: [{key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}]
        accelerator: {type: nvidia.com/gpu, count: 1}
        images: {train: train-gpu}
      tpu:
        gke_tpu: {type: tpu-v5-lite-podslice, topology: 2x4, chips: 8}
      spot:
        node_selector: {cloud.google.com/gke-spot: 'true'}
"""
NAMED = {"nodeSelector": {"labels": {"shipway.dev/node-pool": "gpu"}}}


def container(image: str = "shipway/train:0.1.0", step: str = "shipway_components.trainer", **more: object) -> dict:
    return {"image": image, "command": ["python", "-m", "shipway.step"], "args": [step, "--executor-input"], **more}


def pipeline(tasks: dict[str, str], executors: dict[str, dict], **more: object) -> dict:
    """A compiled pipeline: `tasks` by name with the executor each runs; components are called after executors."""
    return {
        "pipelineInfo": {"name": "small"},
        "schemaVersion": "2.1.0",
        "sdkVersion": "kfp-2.13.0",
        "components": {f"comp-{name}": {"executorLabel": f"exec-{name}"} for name in executors},
        "deploymentSpec": {"executors": {f"exec-{name}": {"container": one} for name, one in executors.items()}},
        "root": {"dag": {"tasks": {name: task(f"comp-{component}") for name, component in tasks.items()}}},
        **more,
    }


def task(component: str) -> dict:
    return {"componentRef": {"name": component}, "cachingOptions": {"enableCache": True}}


def platform(**pods: dict) -> dict:
    """A platform spec with what is said of each executor; `_` stands for `-` in their names."""
    executors = {f"exec-{name.replace('_', '-')}": pod for name, pod in pods.items()}
    return {"platforms": {"kubernetes": {"deploymentSpec": {"executors": executors}}}}


def trainer(**more: object) -> dict:
    """A pipeline of one task, the trainer."""
    return pipeline({"trainer": "trainer"}, {"trainer": container(**more)})


def placed(settings: ClusterSettings, compiled: dict, pods: dict | None = None, executor: str = "trainer"):
    """The container and the pod of one executor."""
    placement = place(compiled, pods, settings)
    body = placement.pipeline["deploymentSpec"]["executors"][f"exec-{executor}"]["container"]
    return body, placement.pods.get(f"exec-{executor}", {})


def variables(body: dict) -> dict[str, str]:
    return {one["name"]: one["value"] for one in body.get("env", ())}


class TestPools:
    def test_the_pool_takes_the_place_of_its_name(self, cluster_file):
        body, pod = placed(cluster_file(POOLS), trainer(), platform(trainer=NAMED))
        assert pod["nodeSelector"] == {"labels": {"cloud.google.com/gke-accelerator": "nvidia-l4"}}
        assert pod["tolerations"] == [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
        assert body["resources"]["accelerator"] == {
            "count": "1", "type": "nvidia.com/gpu", "resourceCount": "1", "resourceType": "nvidia.com/gpu",
        }  # fmt: skip
        assert body["image"] == "r.example/train-gpu:1"

    def test_the_file_can_move_a_step_to_a_tpu(self, cluster_file):
        body, pod = placed(cluster_file(POOLS + "    steps: {trainer: {node_pool: tpu}}\n"), trainer())
        assert pod["nodeSelector"]["labels"] == {
            "cloud.google.com/gke-tpu-accelerator": "tpu-v5-lite-podslice",
            "cloud.google.com/gke-tpu-topology": "2x4",
        }
        assert body["resources"]["accelerator"]["resourceType"] == "google.com/tpu"
        assert body["resources"]["accelerator"]["resourceCount"] == "8"
        assert body["image"] == "r.example/train:1"

    def test_a_step_says_how_many_and_the_pool_of_what(self, cluster_file):
        wanted = {"accelerator": {"resourceType": "gpu", "resourceCount": "4"}}
        body, _ = placed(cluster_file(POOLS), trainer(resources=wanted), platform(trainer=NAMED))
        assert body["resources"]["accelerator"]["resourceType"] == "nvidia.com/gpu"
        assert body["resources"]["accelerator"]["resourceCount"] == "4"

    def test_no_accelerator_where_the_file_takes_it_away(self, cluster_file):
        text = POOLS + "    steps: {trainer: {accelerator: {count: 0}}}\n"
        body, pod = placed(cluster_file(text), trainer(resources={}), platform(trainer=NAMED))
        assert "resources" not in body
        assert pod["nodeSelector"]["labels"] == {"cloud.google.com/gke-accelerator": "nvidia-l4"}

    def test_what_the_pipeline_itself_selects_stays(self, cluster_file):
        own = {
            "nodeSelector": {"labels": {"shipway.dev/node-pool": "spot", "disk": "ssd"}},
            "tolerations": [{"key": "mine", "operator": "Exists"}],
        }
        _, pod = placed(cluster_file(POOLS), trainer(), platform(trainer=own))
        assert pod["nodeSelector"]["labels"] == {"disk": "ssd", "cloud.google.com/gke-spot": "true"}
        assert pod["tolerations"] == own["tolerations"]

    def test_the_default_pool_is_for_steps_that_name_none(self, cluster_file):
        settings = cluster_file(POOLS + "    defaults: {node_pool: spot}\n")
        assert placed(settings, trainer())[1]["nodeSelector"]["labels"] == {"cloud.google.com/gke-spot": "true"}
        assert "gke-accelerator" in str(placed(settings, trainer(), platform(trainer=NAMED))[1]["nodeSelector"])

    def test_a_pool_that_the_file_lacks(self, cluster_file):
        wants = {"nodeSelector": {"labels": {"shipway.dev/node-pool": "gpus"}}}
        with pytest.raises(ContractError) as caught:
            place(trainer(), platform(trainer=wants), cluster_file(POOLS))
        said = str(caught.value)
        assert "Step 'trainer' (task 'trainer') wants the node pool 'gpus'" in said
        assert "did you mean 'gpu'?" in said
        assert "its pools are gpu, spot, tpu" in said

    def test_without_a_file_a_pool_is_a_label_as_ever(self):
        _, pod = placed(ClusterSettings(), trainer(), platform(trainer=NAMED))
        assert pod["nodeSelector"] == NAMED["nodeSelector"]

    def test_a_step_for_gpus_in_a_pool_of_tpus(self, cluster_file):
        wants = {"accelerator": {"resourceType": "nvidia.com/gpu", "resourceCount": "1"}}
        text = POOLS + "    steps: {trainer: {node_pool: tpu}}\n"
        with pytest.raises(
            PlacementFault, match=r"asks for 'nvidia.com/gpu', but its node pool 'tpu' has 'google.com/t"
        ):
            place(trainer(resources=wants), None, cluster_file(text))

    def test_an_accelerator_that_nodes_do_not_offer(self, cluster_file):
        wants = {"accelerator": {"type": "gpu", "count": "1"}}
        text = POOLS + "    steps: {trainer: {node_pool: spot}}\n"
        with pytest.raises(PlacementFault, match=r"accelerator 'gpu', which nodes do not offer by that name"):
            place(trainer(resources=wants), None, cluster_file(text))

    def test_a_number_that_is_only_known_when_it_runs_stays(self, cluster_file):
        wants = {"accelerator": {"resourceType": "{{$.inputs.parameters['kind']}}", "resourceCount": "1"}}
        body, _ = placed(cluster_file(POOLS), trainer(resources=copy.deepcopy(wants)), platform(trainer=NAMED))
        assert body["resources"] == wants


class TestImages:
    @pytest.mark.parametrize(
        ("compiled", "found"),
        [
            ("shipway/train:0.1.0", "r.example/train@sha256:" + "a" * 64),
            ("shipway/data:0.1.0", "shipway/data:0.1.0"),
            ("mine", "r.example/mine:2"),
            ("python:3.11", "mirror.example/python:3.11"),
            ("other:1", "other:1"),
            ("{{$.inputs.parameters['image']}}", "{{$.inputs.parameters['image']}}"),
        ],
    )
    def test_names_become_references(self, cluster_file, compiled, found):
        settings = cluster_file(f"""
            images:
              train: r.example/train@sha256:{"a" * 64}
              mine: r.example/mine:2
              python:3.11: mirror.example/python:3.11
        """)
        assert placed(settings, trainer(image=compiled))[0]["image"] == found

    def test_a_step_can_be_given_another(self, cluster_file):
        settings = cluster_file(POOLS + "    steps: {trainer: {image: train-gpu}}\n")
        assert placed(settings, trainer())[0]["image"] == "r.example/train-gpu:1"
        settings = cluster_file("steps: {trainer: {image: data}}")
        assert placed(settings, trainer())[0]["image"] == "shipway/data:0.1.0"

    def test_how_they_are_pulled(self, cluster_file):
        settings = cluster_file("image_pull_secrets: [login, other]\ndefaults: {image_pull_policy: Always}")
        pod = {"imagePullSecret": [{"secretName": "other"}]}
        _, found = placed(settings, trainer(), platform(trainer=pod))
        assert found["imagePullPolicy"] == "Always"
        assert [one["secretName"] for one in found["imagePullSecret"]] == ["other", "login"]

    def test_a_slip_in_a_name_is_noted(self, cluster_file):
        settings = cluster_file("images: {trian: r.example/train:1, something-else: r.example/x:1}")
        (note,) = place(trainer(), None, settings).notes
        assert "images.trian is used by no step of this pipeline (did you mean 'train'?)" in note

    @pytest.mark.parametrize("image", ["busybox", "r.example:5000/x/busybox", "busybox:latest"])
    def test_an_image_that_may_change_is_noted(self, image):
        (note,) = place(trainer(image=image), None, ClusterSettings()).notes
        assert note.startswith(f"Task 'trainer' runs the image {image!r}, which may be another one tomorrow")

    @pytest.mark.parametrize("image", ["busybox:1", "r.example:5000/x@sha256:" + "a" * 64, "{{$.inputs}}"])
    def test_one_that_does_not_is_not(self, image):
        assert place(trainer(image=image), None, ClusterSettings()).notes == ()


class TestResources:
    def test_what_the_file_says_of_a_step_replaces_what_the_step_says(self, cluster_file):
        settings = cluster_file("steps: {trainer: {cpu: 500m, memory: 2Gi}}")
        body, _ = placed(settings, trainer(resources={"resourceCpuLimit": "8", "cpuLimit": 8.0}))
        assert body["resources"] == {
            "cpuLimit": 0.5, "resourceCpuLimit": "500m", "memoryLimit": 2.147483648, "resourceMemoryLimit": "2Gi",
        }  # fmt: skip

    def test_a_default_fills_in_what_the_step_leaves_open(self, cluster_file):
        settings = cluster_file("defaults: {cpu: 1, memory: 1Gi, cpu_request: 100m}")
        body, _ = placed(settings, trainer(resources={"resourceMemoryLimit": "4Gi", "memoryLimit": 4.29}))
        assert body["resources"] == {
            "cpuLimit": 1.0, "resourceCpuLimit": "1", "cpuRequest": 0.1, "resourceCpuRequest": "100m",
            "resourceMemoryLimit": "4Gi", "memoryLimit": 4.29,
        }  # fmt: skip

    def test_a_default_that_does_not_go_with_what_the_step_says_is_left_out(self, cluster_file):
        settings = cluster_file("defaults: {memory: 1Gi, cpu_request: 2}")
        body, _ = placed(settings, trainer(resources={"resourceMemoryRequest": "4Gi", "resourceCpuLimit": "1"}))
        assert body["resources"] == {"resourceMemoryRequest": "4Gi", "resourceCpuLimit": "1"}

    def test_a_request_above_its_limit(self, cluster_file):
        settings = cluster_file("steps: {trainer: {memory: 2Gi}}")
        with pytest.raises(PlacementFault, match="would request 4G of memory, more than its limit of 2Gi: set memory"):
            place(trainer(resources={"memoryRequest": 4.0}), None, settings)

    def test_retries_and_timeouts(self, cluster_file):
        policy = {"backoffDuration": "5s", "backoffFactor": 2.0, "backoffMaxDuration": "3600s", "maxRetryCount": 2}
        of = lambda text, compiled: place(compiled, None, cluster_file(text))  # noqa: E731
        root = lambda placement: placement.pipeline["root"]["dag"]["tasks"]["trainer"]  # noqa: E731
        assert root(of("defaults: {retries: 2}", trainer()))["retryPolicy"] == policy
        own = trainer()
        own["root"]["dag"]["tasks"]["trainer"]["retryPolicy"] = {"maxRetryCount": 9}
        assert root(of("defaults: {retries: 2}", own))["retryPolicy"] == {"maxRetryCount": 9}
        assert root(of("steps: {trainer: {retries: 2}}", own))["retryPolicy"] == policy
        assert "retryPolicy" not in root(of("steps: {trainer: {retries: 0}}", own))
        pods = platform(trainer={"activeDeadlineSeconds": "60"})
        assert placed(cluster_file("defaults: {timeout: 2h}"), trainer(), pods)[1]["activeDeadlineSeconds"] == "60"
        assert placed(cluster_file("steps: {trainer: {timeout: 2h}}"), trainer(), pods)[1][
            "activeDeadlineSeconds"
        ] == "7200"  # fmt: skip

    def test_pod_labels(self, cluster_file):
        settings = cluster_file("""
            defaults: {labels: {team: ml, owner: a}, annotations: {sidecar.istio.io/inject: 'false'}}
            steps: {trainer: {labels: {owner: b}}}
        """)
        own = {"podMetadata": {"labels": {"team": "mine", "owner": "c", "x": "y"}}}
        _, pod = placed(settings, trainer(), platform(trainer=own))
        assert pod["podMetadata"] == {
            "labels": {"team": "mine", "owner": "b", "x": "y"},
            "annotations": {"sidecar.istio.io/inject": "false"},
        }

    def test_the_pipeline_root(self, cluster_file):
        assert "defaultPipelineRoot" not in place(trainer(), None, ClusterSettings()).pipeline
        settings = cluster_file("pipeline_root: s3://b/x")
        assert place(trainer(), None, settings).pipeline["defaultPipelineRoot"] == "s3://b/x"


class TestVariables:
    def test_steps_learn_of_the_metadata_service(self):
        body, pod = placed(ClusterSettings(), trainer())
        (entry,) = pod["configMapAsEnv"]
        assert (entry["configMapName"], entry["optional"]) == ("shipway-pipelines", True)
        assert {"configMapKey": "SHIPWAY_METADATA", "envVar": "SHIPWAY_METADATA"} in entry["keyToEnv"]
        assert variables(body) == {"SHIPWAY_METADATA_TOKEN_FILE": "/etc/shipway/metadata/token"}
        (mount,) = pod["secretAsVolume"]
        assert (mount["secretName"], mount["mountPath"]) == ("shipway-metadata-token", "/etc/shipway/metadata")
        assert mount["optional"] is True

    @pytest.mark.parametrize("text", ["metadata: off", "metadata: {config_map: ''}"])
    def test_unless_it_is_switched_off(self, cluster_file, text):
        placement = place(trainer(), None, cluster_file(text))
        assert placement.pods == {}
        assert "env" not in placement.pipeline["deploymentSpec"]["executors"]["exec-trainer"]["container"]

    def test_at_an_address(self, cluster_file):
        text = "metadata: {address: 'grpc://m:8090', token_secret: ''}"
        body, pod = placed(cluster_file(text), trainer())
        assert variables(body) == {"SHIPWAY_METADATA": "grpc://m:8090"}
        assert pod == {}

    def test_a_container_of_another_kind_does_not(self):
        other = pipeline({"other": "other"}, {"other": {"image": "busybox:1", "command": ["true"]}})
        placement = place(other, None, ClusterSettings())
        assert placement.pods == {}
        assert placement.pipeline == other

    def test_what_wins(self, cluster_file):
        settings = cluster_file("""
            defaults: {environment: {A: default, B: default, C: default, D: default}}
            steps: {trainer: {environment: {B: step, C: step}, secrets: {s: {environment: {E: key}}}}}
            tasks: {trainer: {environment: {C: task}}}
            metadata: off
        """)
        own = [{"name": name, "value": "own"} for name in ("D", "B", "E")]
        body, pod = placed(settings, trainer(env=own))
        assert variables(body) == {"A": "default", "B": "step", "C": "task", "D": "own"}
        assert pod["secretAsEnv"] == [
            {
                "secretName": "s",
                "secretNameParameter": {"runtimeValue": {"constant": "s"}},
                "keyToEnv": [{"secretKey": "key", "envVar": "E"}],
            }
        ]

    def test_a_variable_of_the_file_takes_the_place_of_a_secret_of_the_pipeline(self, cluster_file):
        pairs = [{"secretKey": "k", "envVar": "A"}, {"secretKey": "l", "envVar": "B"}]
        own = {"secretAsEnv": [{"secretName": "mine", "keyToEnv": pairs}], "fieldPathAsEnv": [{"name": "C"}]}
        settings = cluster_file("metadata: off\nsteps: {trainer: {environment: {A: x, C: y}}}")
        body, pod = placed(settings, trainer(), platform(trainer=own))
        assert variables(body) == {"A": "x", "C": "y"}
        assert pod == {"secretAsEnv": [{"secretName": "mine", "keyToEnv": [{"secretKey": "l", "envVar": "B"}]}]}


class TestVolumes:
    def test_of_every_kind(self, cluster_file):
        settings = cluster_file("""
            metadata: off
            defaults:
              volumes:
                shm: {mount: /dev/shm, empty_dir: {medium: Memory, size_limit: 1Gi}}
                data: {mount: /mnt/data, claim: datasets}
                scratch: {mount: /scratch, ephemeral: {size: 5Gi}}
              secrets: {gcs: {mount: /etc/gcs}}
              config_maps: {proxy: {mount: /etc/proxy, optional: true}}
        """)
        _, pod = placed(settings, trainer())
        assert pod["emptyDirMounts"] == [
            {"mountPath": "/dev/shm", "volumeName": "shm", "medium": "Memory", "sizeLimit": "1Gi"}
        ]
        assert pod["pvcMount"] == [
            {
                "mountPath": "/mnt/data",
                "constant": "datasets",
                "pvcNameParameter": {"runtimeValue": {"constant": "datasets"}},
            }
        ]
        assert pod["genericEphemeralVolume"] == [
            {
                "mountPath": "/scratch",
                "volumeName": "scratch",
                "accessModes": ["ReadWriteOnce"],
                "size": "5Gi",
                "defaultStorageClass": True,
            }
        ]
        assert (pod["secretAsVolume"][0]["optional"], pod["configMapAsVolume"][0]["optional"]) == (False, True)

    def test_a_folder_has_one_volume_and_the_step_s_own_wins(self, cluster_file):
        settings = cluster_file("""
            metadata: off
            defaults: {volumes: {a: {mount: /x, empty_dir: {}}, b: {mount: /y, empty_dir: {}}}}
            steps: {trainer: {volumes: {c: {mount: /x, empty_dir: {}}, b: {mount: /z, empty_dir: {}}}}}
        """)
        own = {"emptyDirMounts": [{"mountPath": "/x", "volumeName": "mine"}]}
        _, pod = placed(settings, trainer(), platform(trainer=own))
        assert {one["mountPath"]: one["volumeName"] for one in pod["emptyDirMounts"]} == {"/x": "c", "/z": "b"}

    def test_two_volumes_of_one_name(self, cluster_file):
        settings = cluster_file("defaults: {secrets: {gcs: {mount: /a}}, config_maps: {gcs: {mount: /b}}}")
        with pytest.raises(PlacementFault, match="would have two volumes 'gcs', at /a and /b"):
            place(trainer(), None, settings)


class TestTasks:
    TWO = {"trainer": "trainer", "trainer-2": "trainer"}

    def test_a_setting_of_one_task_reaches_that_task_alone(self, cluster_file):
        compiled = pipeline(self.TWO, {"trainer": container()})
        placement = place(compiled, platform(trainer=NAMED), cluster_file(POOLS + "    tasks: {trainer-2: {cpu: 8}}\n"))
        tasks = placement.pipeline["root"]["dag"]["tasks"]
        assert tasks["trainer"]["componentRef"]["name"] == "comp-trainer"
        assert tasks["trainer-2"]["componentRef"]["name"] == "comp-trainer-2"
        executors = placement.pipeline["deploymentSpec"]["executors"]
        assert placement.pipeline["components"]["comp-trainer-2"]["executorLabel"] == "exec-trainer-2"
        assert "resourceCpuLimit" not in executors["exec-trainer"]["container"]["resources"]
        assert executors["exec-trainer-2"]["container"]["resources"]["resourceCpuLimit"] == "8"
        assert placement.pods["exec-trainer-2"] == placement.pods["exec-trainer"]

    def test_a_setting_of_a_step_reaches_all_its_tasks_without_clones(self, cluster_file):
        compiled = pipeline(self.TWO, {"trainer": container()})
        placement = place(compiled, None, cluster_file("steps: {trainer: {cpu: 8}}"))
        assert set(placement.pipeline["deploymentSpec"]["executors"]) == {"exec-trainer"}

    def test_clones_get_names_that_are_free(self, cluster_file):
        compiled = pipeline({**self.TWO, "other": "trainer-2"}, {"trainer": container(), "trainer-2": container()})
        placement = place(compiled, None, cluster_file("tasks: {trainer-2: {cpu: 8}}"))
        assert placement.pipeline["root"]["dag"]["tasks"]["trainer-2"]["componentRef"]["name"] == "comp-trainer-3"

    def test_two_components_may_share_an_executor(self, cluster_file):
        compiled = pipeline({"trainer": "trainer", "b": "b"}, {"trainer": container(), "b": container()})
        compiled["components"]["comp-b"]["executorLabel"] = "exec-trainer"
        placement = place(compiled, None, cluster_file("tasks: {b: {cpu: 8}}"))
        labels = {name: one["executorLabel"] for name, one in placement.pipeline["components"].items()}
        assert labels == {"comp-trainer": "exec-trainer", "comp-b": "exec-trainer", "comp-b-2": "exec-trainer-2"}

    def test_tasks_of_loops_branches_and_nested_pipelines(self, cluster_file):
        compiled = pipeline({"clean": "clean"}, {"clean": container(step="mine.clean"), "trainer": container()})
        compiled["components"]["comp-for-loop-1"] = {"dag": {"tasks": {"trainer": task("comp-trainer")}}}
        compiled["root"]["dag"]["tasks"]["for-loop-1"] = task("comp-for-loop-1")
        placement = place(compiled, None, cluster_file("steps: {trainer: {retries: 1}, clean: {cpu: 1}}"))
        inner = placement.pipeline["components"]["comp-for-loop-1"]["dag"]["tasks"]["trainer"]
        assert inner["retryPolicy"]["maxRetryCount"] == 1
        assert [(one.name, one.dag) for one in placement.tasks] == [("clean", "root"), ("trainer", "comp-for-loop-1")]
        assert "retryPolicy" not in placement.pipeline["root"]["dag"]["tasks"]["for-loop-1"]

    def test_importers_and_kubeflow_s_own_operations_are_no_pods(self, cluster_file):
        compiled = pipeline({"trainer": "trainer", "pvc": "pvc"}, {"trainer": container(), "pvc": {}})
        executors = compiled["deploymentSpec"]["executors"]
        executors["exec-pvc"] = {"container": {"image": "argostub/createpvc"}}
        executors["exec-importer"] = {"importer": {"artifactUri": {"constant": "s3://x"}}}
        compiled["components"]["comp-importer"] = {"executorLabel": "exec-importer"}
        compiled["root"]["dag"]["tasks"]["importer"] = task("comp-importer")
        placement = place(compiled, None, cluster_file("defaults: {cpu: 1}"))
        assert [one.name for one in placement.tasks] == ["trainer"]
        assert placement.pipeline["deploymentSpec"]["executors"]["exec-pvc"] == executors["exec-pvc"]

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("tasks: {trainer-3: {cpu: 1}}", r"line 1: tasks\.trainer-3 is no task .*\(did you mean 'trainer-2'\?\)"),
            ("steps: {trainr: {cpu: 1}}", r"steps\.trainr is no step \(did you mean 'trainer'\?\).* are trainer\."),
            ("steps: {pushr: {cpu: 1}}", r"steps\.pushr is no step \(did you mean 'pusher'\?\)"),
        ],
    )
    def test_an_unknown_name(self, cluster_file, text, said):
        with pytest.raises(PlacementFault, match=said):
            place(pipeline(self.TWO, {"trainer": container()}), None, cluster_file(text))

    def test_a_step_that_only_other_pipelines_have_is_no_fault(self, cluster_file):
        place(trainer(), None, cluster_file("steps: {example_gen: {cpu: 1}, bulk_inferrer: {cpu: 1}}"))

    @pytest.mark.parametrize(
        ("body", "step"),
        [
            (container(step="mine.clean_up"), "clean-up"),
            ({"image": "p", "command": ["sh"], "args": ["--function_to_execute", "say_it"]}, "say-it"),
            ({"image": "p", "command": ["echo"]}, "thing"),
        ],
    )
    def test_the_name_of_a_step(self, body, step):
        placement = place(pipeline({"t": "thing-2-3"}, {"thing-2-3": body}), None, ClusterSettings())
        assert [one.step for one in placement.tasks] == [step]


class TestAgain:
    def test_what_is_placed_stays_as_it_is(self, cluster_file):
        settings = cluster_file(POOLS)
        first = place(trainer(), platform(trainer=NAMED), settings)
        for again in (settings, ClusterSettings()):
            second = place(first.pipeline, first.platform, again)
            assert (second.pipeline, second.platform) == (first.pipeline, first.platform)

    def test_by_another_file_it_is_refused(self, cluster_file):
        first = place(trainer(), None, cluster_file(POOLS))
        with pytest.raises(PlacementFault, match="was placed by another cluster file"):
            place(first.pipeline, first.platform, cluster_file("service_account: other"))

    def test_nothing_that_was_given_is_changed(self, cluster_file):
        compiled, pods = trainer(), platform(trainer=copy.deepcopy(NAMED))
        kept = copy.deepcopy((compiled, pods))
        place(compiled, pods, cluster_file(POOLS + "    tasks: {trainer: {cpu: 1}}\n"))
        assert (compiled, pods) == kept
