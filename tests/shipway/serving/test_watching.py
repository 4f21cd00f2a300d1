"""A configuration file is followed; one that cannot be used changes nothing."""

import asyncio
import logging

from shipway.errors import InputError
from shipway.serving.watching import watch_file


def test_each_change_is_told_once_and_a_broken_one_is_logged(tmp_path, caplog):
    path = tmp_path / "config"
    path.write_text("one")
    seen = []

    async def changed():
        seen.append(path.read_text())
        if seen[-1] == "broken":
            raise InputError("The file is broken.")
        if seen[-1] == "defect":
            raise KeyError("nobody expected this")

    async def scenario():
        watching = asyncio.create_task(watch_file(path, 0.01, changed))
        for content in ("broken", "defect", "two", None, "two", "three"):
            await asyncio.sleep(0.04)
            if content is None:
                path.unlink()
            else:
                path.write_text(content)
        await asyncio.sleep(0.04)
        watching.cancel()

    with caplog.at_level(logging.ERROR):
        asyncio.run(scenario())
    assert seen == ["broken", "defect", "two", "three"]
    assert "The file is broken." in caplog.text
