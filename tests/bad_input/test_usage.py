"""Mistakes in the command line and in the pipeline itself: refused before anything begins."""

import pytest
import yaml

GOOD = ("run", "checked.py", "--param", "data=good")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("run", "chekced"),
            "No pipeline 'chekced' was found: there are flights, penguins, taxi; or give the path of a .py or .yaml "
            "file, or the dotted name of a module.",
        ),
        (
            ("run", "penguin"),
            "No pipeline 'penguin' was found (did you mean 'penguins'?): there are flights, penguins, taxi; or give "
            "the path of a .py or .yaml file, or the dotted name of a module.",
        ),
        (("run", "lost.py"), "There is no pipeline file 'lost.py': check the path, relative to '{folder}'."),
        (("run", "good"), "'good' is a folder: name the .py or .yaml file in it that holds the pipeline."),
        (
            (*GOOD, "--param", "patern=*"),
            "Pipeline 'checked' has no parameter 'patern' (did you mean 'pattern'?); "
            "it has data, limit, pattern, schema_file, without.",
        ),
        (
            ("run", "checked.py"),
            "Pipeline 'checked' needs the parameter 'data' (a text): give it with --param NAME=VALUE.",
        ),
        (
            (*GOOD, "--param", "limit=many"),
            "Parameter 'limit' of pipeline 'checked' is 'many', but it must be a whole number, such as 3.",
        ),
        (
            (*GOOD, "--param", 'limit={"a": 1}'),
            "Parameter 'limit' of pipeline 'checked' is '{{\"a\": 1}}', but it must be a whole number, such as 3.",
        ),
        (
            (*GOOD, "--param", "without=train"),
            "Parameter 'without' of pipeline 'checked' is 'train', but it must be a list, such as [\"a\", \"b\"].",
        ),
        ((*GOOD, "--param", "limit"), "--param 'limit' is not NAME=VALUE: write, for example, --param spans=1-9."),
        (
            (*GOOD, "--until", "evaluator"),
            "Pipeline 'checked' has no step 'evaluator' (did you mean 'example-validator'?); "
            "it has example-gen, example-validator, import-schema-gen, statistics-gen.",
        ),
    ],
    ids=lambda value: " ".join(value[1:]) if isinstance(value, tuple) else "",
)
def test_a_command_that_cannot_be_meant(shell, words, sentence):
    assert shell.refused(*words) == sentence.format(folder=shell.folder)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "it is empty"),
        (b"just a text", "it holds str where an object belongs"),
        (b"- a\n- list\n", "it holds list where an object belongs"),
        (b"a: [1,\nb: }", "it is no YAML: did not find expected node content in line 2"),
        (b"\x00\x01\xff", "it is no YAML: unreadable"),
        (b"apiVersion: v1\nkind: Pod\n", "it has no 'pipelineInfo' and 'root'"),
    ],
    ids=["empty", "text", "list", "broken", "binary", "pod"],
)
def test_a_yaml_that_is_no_pipeline(shell, content, problem):
    (shell.folder / "other.yaml").write_bytes(content)
    assert shell.refused("run", "other.yaml") == (
        f"'other.yaml' is not a compiled pipeline ({problem}): give a YAML that KFP's compiler wrote, or a .py file."
    )


@pytest.fixture(scope="module")
def compiled(shell):
    """The compiled pipeline as an object, without what a cluster would get."""
    shell("compile", "checked.py", "-o", "checked.yaml")
    return next(yaml.safe_load_all((shell.folder / "checked.yaml").read_text()))


def executor(spec):
    return spec["deploymentSpec"]["executors"]["exec-example-gen"]


@pytest.mark.parametrize(
    ("field", "change"),
    [
        (
            "deploymentSpec.executors.exec-example-gen.container.lifecycle",
            lambda spec: executor(spec)["container"].update(lifecycle={"preCacheCheck": {"command": ["x"]}}),
        ),
        (
            "deploymentSpec.executors.exec-example-gen.customJob",
            lambda spec: executor(spec).update(customJob={"customJob": {"a": 1}}),
        ),
        (
            "root.dag.tasks.example-gen.iteratorPolicy.parallelismLimits",
            lambda spec: spec["root"]["dag"]["tasks"]["example-gen"].update(
                iteratorPolicy={"parallelismLimits": {"cpu": 2}}
            ),
        ),
    ],
    ids=["lifecycle", "custom job", "iterator"],
)
def test_a_compiled_pipeline_that_wants_what_one_machine_cannot(shell, compiled, field, change):
    spec = yaml.safe_load(yaml.safe_dump(compiled))
    change(spec)
    (shell.folder / "wants.yaml").write_text(yaml.safe_dump(spec))
    sentence = shell.refused("run", "wants.yaml", "--param", "data=good", code=1)
    assert sentence.startswith(f"The local runner cannot do what the field {field} ")
    assert sentence.endswith("of the pipeline asks: run it in a cluster, or remove the field.")
    (shell.folder / "wants.yaml").write_text(yaml.safe_dump(compiled))
    shell.succeeds("wants.yaml", "--param", "data=good")


MISWIRED = """
from kfp import dsl
from shipway_components.steps import example_gen, statistics_gen, trainer

@dsl.pipeline(name="miswired")
def miswired(data: str = "good"):
    examples = example_gen(input_base=data).outputs["examples"]
    statistics = statistics_gen(examples=examples).outputs["statistics"]
    trainer(examples=statistics, module_file="")
"""


@pytest.mark.parametrize("command", [("run", "miswired.py"), ("compile", "miswired.py", "-o", "miswired.yaml")])
def test_an_artifact_wired_where_another_type_belongs(shell, command):
    (shell.folder / "miswired.py").write_text(MISWIRED)
    assert shell.refused(*command, code=1) == (
        "Step 'statistics-gen' produces ExampleStatistics, but it is wired into the input 'examples' of step "
        "'trainer', which takes Examples: wire an output of type Examples instead."
    )
    assert not (shell.folder / "miswired.yaml").exists()


def test_a_module_file_with_a_syntax_error_is_seen_when_the_pipeline_is_compiled(shell):
    (shell.folder / "typo.py").write_text("def run_fn(fn_args):\n    return (\n")
    text = MISWIRED.replace("examples=statistics", "examples=examples").replace(
        'module_file=""', 'module_file="typo.py"'
    )
    (shell.folder / "uses_typo.py").write_text(text)
    assert shell.refused("run", "uses_typo.py", code=1) == (
        f"Module file 'typo.py' cannot be loaded: '(' was never closed in line 2 of {shell.folder / 'typo.py'}."
    )
