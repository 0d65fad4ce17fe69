"""docs/models.md says what the code says."""

import re
from pathlib import Path

import pytest

from reference import AlexNet, LeNet5, cost_table, count_cost, receptive_field, total_cost
from reference.initializers import zeros

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("model", "input_shape", "below"),
    [(LeNet5(), (1, 28, 28), "### LeNet-5"), (AlexNet(init=zeros), (3, 227, 227), "### AlexNet")],
    ids=["lenet5", "alexnet"],
)
def test_the_tables_and_the_fields(model, input_shape, below):
    section = PAGE.split(below)[1].split("\n##")[0]
    table = "\n".join(line for line in section.splitlines() if line.startswith("|"))
    assert table == cost_table(count_cost(model, input_shape))
    assert f"images of {input_shape}" in section
    height, width = receptive_field(model).size
    assert f"sees {height} x {width} pixels" in section


def test_the_shares_of_alexnets_dense_layers():
    costs = count_cost(AlexNet(init=zeros), (3, 227, 227))
    total, dense = total_cost(costs), total_cost([cost for cost in costs if cost.kind == "Linear"])
    parameters = f"{dense.parameters / total.parameters:.0%}"
    multiply_adds = f"{dense.multiply_adds / total.multiply_adds:.0%}"
    assert f"hold {parameters} of the parameters and do {multiply_adds} of the multiply-adds" in PAGE


def test_the_example_runs(monkeypatch, capsys):
    load, learn = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    monkeypatch.chdir(ROOT)
    names = {}
    exec(load, names)
    assert names["x"].shape == (5000, 1, 28, 28) and names["x"].dtype == "float32"
    assert abs(names["x"].mean()) < 0.05 and abs(names["x"].std() - 1) < 0.05
    names["x"], names["y"] = names["x"][3900:4100], names["y"][3900:4100]  # the page's slices still fit
    exec(learn.replace("4000", "100"), names)
    assert "validation" in capsys.readouterr().out
