"""A run whose steps are all cached imports nothing heavy and starts no process."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from shipway.runner import CompiledPipeline, Home, RunResult

HEAVY = ("tensorflow", "kfp", "pandas", "rich", "yaml", "celpy", "grpc", "apache_beam", "numpy", "flow_steps")
SCRIPT = """
import json, resource, sys
from pathlib import Path
from shipway.runner import CompiledPipeline, Home, run_pipeline
record, home = sys.argv[1:]
compiled = CompiledPipeline.from_record(json.loads(Path(record).read_text()))
result = run_pipeline(compiled, {}, home=Home(Path(home)))
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({
    "cached": [task.cached for task in result.tasks],
    "modules": sorted({name.partition(".")[0] for name in sys.modules}),
    "seconds": used.ru_utime + used.ru_stime,
    "children": resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime,
}))
"""


def test_a_cached_run_is_light(
    run: Callable[..., RunResult], compiled: Callable[[str], CompiledPipeline], home: Home, tmp_path: Path
) -> None:
    run("twelve")
    record = tmp_path / "record.json"
    record.write_text(json.dumps(compiled("twelve").record))
    command = [sys.executable, "-c", SCRIPT, str(record), str(home.path)]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert told["cached"] == [True] * 12
    assert set(told["modules"]).isdisjoint(HEAVY)
    assert told["children"] == 0.0
    assert told["seconds"] < 0.6
