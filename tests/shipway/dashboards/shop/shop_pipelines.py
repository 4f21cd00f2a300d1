"""The pipeline of a shop."""

import shop_steps as steps
from kfp import dsl


@dsl.pipeline
def shop(span: int = 1, epochs: int = 2, auc: float = 0.9, note: str = "", reason: str = ""):
    read = steps.read_orders(span=span, note=note)
    counted = steps.count_orders(examples=read.outputs["examples"])
    known = steps.know_orders(statistics=counted.outputs["statistics"])
    fitted = steps.fit(examples=read.outputs["examples"], schema=known.outputs["schema"], epochs=epochs, reason=reason)
    judged = steps.judge(examples=read.outputs["examples"], model=fitted.outputs["model"], auc=auc)
    steps.push(model=fitted.outputs["model"], blessing=judged.outputs["blessing"])
