"""A compiled pipeline on its way: the digest of its content, and caching left out everywhere."""

from shipway.kube.pipelines.package import Package

CACHED = {"cachingOptions": {"enableCache": True, "cacheKey": "mine"}}
SPEC = {
    "pipelineInfo": {"name": "hello"},
    "root": {"dag": {"tasks": {"greet": CACHED, "for-loop-1": {"componentRef": {"name": "comp-for-loop-1"}}}}},
    "components": {
        "comp-for-loop-1": {"dag": {"tasks": {"inner": dict(CACHED)}}},
        "comp-greet": {"executorLabel": "exec-greet"},
    },
}


def test_the_digest_is_of_the_content_and_not_of_the_order():
    shuffled = {key: SPEC[key] for key in reversed(SPEC)}
    assert Package(shuffled).digest == Package(SPEC).digest
    assert Package(SPEC, {"platforms": {}}).digest != Package(SPEC).digest
    assert Package({**SPEC, "pipelineInfo": {"name": "other"}}).digest != Package(SPEC).digest


def test_the_name_of_the_version_holds_the_digest():
    assert Package(SPEC).version_name == f"hello-{Package(SPEC).digest[:16]}"


def test_a_long_name_is_cut_and_its_digest_is_not():
    long = Package({**SPEC, "pipelineInfo": {"name": "x" * 200}})
    assert len(long.version_name) == 117
    assert long.version_name.endswith(long.digest[:16])


def test_without_cache_no_task_is_cached_nested_ones_neither():
    freed = Package(SPEC).without_cache().spec
    assert freed["root"]["dag"]["tasks"]["greet"]["cachingOptions"] == {}
    assert freed["components"]["comp-for-loop-1"]["dag"]["tasks"]["inner"]["cachingOptions"] == {}
    assert "cachingOptions" not in freed["root"]["dag"]["tasks"]["for-loop-1"]
    assert SPEC["root"]["dag"]["tasks"]["greet"]["cachingOptions"]["enableCache"]


def test_what_is_uploaded_is_one_document_or_two():
    assert Package(SPEC).yaml().count("---") == 0
    assert Package(SPEC, {"platforms": {"kubernetes": {}}}).yaml().count("---") == 1


def test_a_version_of_the_api_holds_one_document_or_both():
    assert Package.of_version(SPEC) == Package(SPEC)
    assert Package.of_version({"pipeline_spec": SPEC, "platform_spec": {"a": 1}}) == Package(SPEC, {"a": 1})
