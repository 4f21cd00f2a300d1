"""Pipelines with every construct that KFP's compiler knows, each as small as it can be."""

# ruff: noqa: UP006, UP035, UP045 - kfp knows the older spellings of types alone
from typing import List, Optional

import flow_steps as steps
from kfp import dsl
from kfp.dsl import Dataset, Input, Output


@dsl.component
def report(path: str, status: dsl.PipelineTaskFinalStatus):
    with open(path, "a") as file:
        file.write(f"{status.state} {status.pipeline_task_name} {status.error_message}\n")


@dsl.component
def greet(name: str, loud: bool = False) -> str:
    print("hello from a function")
    return f"hello {name}" + ("!" if loud else "")


@dsl.component
def write_dataset(text: str, dataset: Output[Dataset]):
    dataset.metadata["length"] = len(text)
    with open(dataset.path, "w") as file:
        file.write(text)


@dsl.component
def read_dataset(dataset: Input[Dataset]) -> str:
    with open(dataset.path) as file:
        return f"{file.read()}:{dataset.metadata['length']}"


@dsl.component(packages_to_install=["no-such-package-at-all==1.0"])
def wants_package() -> str:
    return "never"


@dsl.container_component
def shell(text: str, copy: Output[Dataset], words: dsl.OutputPath(int), note: Optional[str] = None):
    return dsl.ContainerSpec(
        image="busybox",
        command=["sh", "-c", 'echo "$@" > "$0" && echo "$@" | wc -w > ' + str(words), copy.path],
        args=[dsl.ConcatPlaceholder(["<", text, ">"]), dsl.IfPresentPlaceholder("note", ["-n", note], ["none"])],
    )


@dsl.container_component
def shell_fails():
    return dsl.ContainerSpec(image="busybox", command=["sh", "-c", "echo oops >&2; exit 7"])


@dsl.container_component
def only_in_cluster():
    return dsl.ContainerSpec(image="example.com/tool:1", command=["no-such-program-here"], args=["--go"])


@dsl.pipeline
def chain(text: str = "hello"):
    written = steps.write(text=text)
    steps.read(files=written.outputs["files"], prefix="got ")


@dsl.pipeline
def parameters(
    text: str,
    number: int = 2,
    share: float = 1.5,
    flag: bool = False,
    things: list = ["a"],
    facts: dict = {"k": 1},
    extra: Optional[str] = None,
):
    steps.say(text=text, number=number, share=share, flag=flag, things=things, facts=facts)
    steps.say(text=f"{text}/{number}/{share}/{flag}", things=[text, number], facts={"in": text})
    greet(name=text, loud=flag)


@dsl.pipeline
def branches(word: str = "tails"):
    judged = steps.judge(verdict=word)
    with dsl.If(judged.outputs["word"] == "heads"):
        heads = steps.write(text="was heads")
    with dsl.Elif(judged.outputs["word"] == "tails"):
        tails = steps.write(text="was tails")
    with dsl.Else():
        other = steps.write(text="was neither")
    either = [one.outputs["files"] for one in (heads, tails, other)]
    steps.read(files=dsl.OneOf(*either))
    steps.say(text=dsl.OneOf(heads.outputs["said"], tails.outputs["said"], other.outputs["said"]))
    with dsl.If(judged.outputs["share"] > 0.4), dsl.If(judged.outputs["good"] == True):  # noqa: E712
        inside = steps.double(number=judged.outputs["count"])
        steps.say(text=inside.outputs["said"])


@dsl.pipeline
def loops(names: list = ["p", "q"], none: list = []):
    with dsl.ParallelFor(["1", "2"], parallelism=1) as item:
        written = steps.write(text=item)
        said = steps.double(number=3)
    steps.read_all(files=dsl.Collected(written.outputs["files"]), words=dsl.Collected(said.outputs["said"]))
    judged = steps.judge()
    with dsl.ParallelFor(judged.outputs["words"]) as word:
        steps.say(text=word)
    with dsl.ParallelFor(names) as name, dsl.ParallelFor([{"a": 1, "b": "z"}]) as pair:
        steps.say(text=f"{name}-{pair.b}", number=pair.a)
    with dsl.ParallelFor(none) as nothing:
        steps.say(text=nothing)


@dsl.pipeline
def several() -> List[Dataset]:
    with dsl.ParallelFor(["x", "yy"]) as item:
        made = write_dataset(text=item)
    return dsl.Collected(made.outputs["dataset"])


@dsl.pipeline
def artifact_loop():
    made = several()
    with dsl.ParallelFor(made.output) as one:
        read_dataset(dataset=one)


@dsl.pipeline
def inner(word: str = "inner") -> str:
    first = greet(name=word)
    second = greet(name=f"{first.output} and {word}", loud=True)
    return second.output


@dsl.pipeline
def nested(word: str = "outer"):
    once = inner(word=word)
    steps.say(text=once.output)
    with dsl.ParallelFor(["l"]) as item:
        inner(word=item)
    inner()


@dsl.pipeline
def exits(path: str, fails: bool = True):
    with dsl.ExitHandler(report(path=path)):
        with dsl.If(fails == True):  # noqa: E712
            steps.broken()
        steps.note(path=path, text="independent")
    told = steps.broken(reason="Again.")
    report(path=path).after(told).ignore_upstream_failure()
    greet(name="never").after(told)


@dsl.pipeline
def imports(uri: str, tag: str = "t"):
    imported = dsl.importer(artifact_uri=uri, artifact_class=dsl.Artifact, metadata={"tag": tag, "size": 3})
    steps.read(files=imported.output)


@dsl.pipeline
def retries(counter: str, failures: int = 2, known: bool = True):
    task = steps.flaky(counter=counter, failures=failures, known=known)
    task.set_retry(num_retries=2, backoff_duration="1s", backoff_factor=2.0, backoff_max_duration="60s")


@dsl.pipeline
def retries_in_vain(counter: str):
    steps.flaky(counter=counter, failures=9).set_retry(num_retries=2, backoff_duration="0s")


@dsl.pipeline
def refused(path: str):
    judged = steps.refuse(path=path)
    steps.read(files=judged.outputs["files"])
    steps.read(files=judged.outputs["files"]).ignore_upstream_failure()


@dsl.pipeline
def refused_again(path: str, started: str, hang_at: int = 0):
    task = steps.refuse(path=path, started=started, hang_at=hang_at)
    task.set_retry(num_retries=1, backoff_duration="0s")


@dsl.pipeline
def times_out(pid_file: str = ""):
    steps.endless(pid_file=pid_file)


@dsl.pipeline
def ends_badly():
    steps.killed()
    steps.verbose()
    steps.quits()
    steps.broken(reason="One clear sentence.")
    steps.flaky(counter="/no/such/folder/counter", failures=1)


@dsl.pipeline
def containers(text: str = "some words"):
    made = shell(text=text)
    steps.double(number=made.outputs["words"])
    read_back = shell(text="again", note="noted").after(made)
    with dsl.If(made.outputs["words"] == 99):
        only_in_cluster().after(read_back)
    shell_fails()


@dsl.pipeline
def cluster_only():
    only_in_cluster()


@dsl.pipeline
def package_wanted():
    wants_package()


@dsl.pipeline
def dataset_functions():
    made = write_dataset(text="four")
    read_dataset(dataset=made.outputs["dataset"])


@dsl.pipeline
def caching(path: str, module_file: str, text: str = "c"):
    written = steps.write(text=text)
    steps.read(files=written.outputs["files"])
    steps.watches(path=path)
    steps.uses_module(module_file=module_file)
    steps.say(text="uncached").set_caching_options(False)


@dsl.pipeline
def caching_containers(text: str = "c"):
    greet(name="n")
    made = shell(text=text)
    steps.double(number=made.outputs["words"])


@dsl.pipeline
def parallel(path: str):
    for index in range(4):
        steps.note(path=path, text=str(index), seconds=0.4)


@dsl.pipeline
def resumable(path: str, started: str, seconds: float = 30.0):
    first = steps.note(path=path, text="first")
    second = steps.slow_write(started=started, seconds=seconds).after(first)
    steps.note(path=path, text="third").after(second)


@dsl.pipeline
def fixable(path: str, module_file: str):
    first = steps.note(path=path, text="first")
    second = steps.uses_module(module_file=module_file).after(first)
    steps.note(path=path, text="third", after=second.outputs["said"])


@dsl.pipeline
def placeholders():
    steps.say(
        text=f"{dsl.PIPELINE_JOB_NAME_PLACEHOLDER}|{dsl.PIPELINE_JOB_ID_PLACEHOLDER}|"
        f"{dsl.PIPELINE_JOB_RESOURCE_NAME_PLACEHOLDER}|{dsl.PIPELINE_TASK_NAME_PLACEHOLDER}|"
        f"{dsl.PIPELINE_TASK_ID_PLACEHOLDER}|{dsl.PIPELINE_JOB_CREATE_TIME_UTC_PLACEHOLDER}"
    )


@dsl.pipeline
def mistyped(uri: str):
    with dsl.If(uri != ""):
        steps.take_model(model=dsl.importer(artifact_uri=uri, artifact_class=dsl.Model).output)
    wrong = dsl.importer(artifact_uri=uri, artifact_class=dsl.Dataset)
    object.__setattr__(wrong.output, "channel_type", "system.Model@0.0.1")
    steps.take_model(model=wrong.output)


@dsl.pipeline
def unresolved():
    found = steps.resolve()
    steps.read(files=found.outputs["files"])


@dsl.pipeline
def heavy():
    steps.needs_one()
    steps.needs_two()
    steps.say(text="light")


@dsl.pipeline
def poisoned():
    steps.needs_poison()
    steps.say(text="unharmed")


@dsl.pipeline
def draws():
    steps.draw()
    steps.draw()


@dsl.pipeline
def watched():
    steps.counted(rows=30)


@dsl.pipeline
def twelve():
    files = steps.write().outputs["files"]
    for index in range(11):
        steps.read(files=files, prefix=str(index))


@dsl.pipeline
def fifty():
    before = None
    for index in range(50):
        task = steps.say(number=index)
        if before is not None and index % 2:
            task.after(before)
        before = task
