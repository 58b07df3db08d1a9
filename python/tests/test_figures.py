"""Figures can be drawn again by matplotlib."""

import matplotlib
import pytest

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
from conftest import DATA  # noqa: E402

import nbar  # noqa: E402

pytestmark = pytest.mark.usefixtures("quietly")


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.mark.parametrize("kind", ["frontier", "optimum", "fit", "residuals", "starts", "bootstrap", "contours"])
def test_every_kind_can_be_drawn(kind, chinchilla, tmp_path):
    figure = chinchilla.plot(kind)
    data = figure.data
    panels = list(dict.fromkeys(data["panel"]))
    axes = figure.to_matplotlib()
    assert len(axes) == len(panels)
    for panel, axis in zip(panels, axes):
        series = {name for where, name in zip(data["panel"], data["series"]) if where == panel}
        assert {text.get_text() for text in axis.get_legend().get_texts()} == series
    axes[0].figure.savefig(tmp_path / "x.png")


def test_what_is_drawn_is_the_data(chinchilla):
    figure = chinchilla.plot("frontier", flops=1e23)
    (axis,) = figure.to_matplotlib()
    data = figure.data
    rows = [dict(zip(data, row)) for row in zip(*data.values())]
    curves = {line.get_label(): line for line in axis.get_lines()}
    drawn = 0
    for series in dict.fromkeys(row["series"] for row in rows):
        own = [row for row in rows if row["series"] == series]
        if series in curves and all(row["lower"] is None for row in own):
            assert list(curves[series].get_xdata()) == [row["x"] for row in own]
            assert list(curves[series].get_ydata()) == [row["y"] for row in own]
            drawn += 1
    assert drawn > 0
    assert axis.get_xscale() == "log"


def test_axes_can_be_given(chinchilla):
    _, axis = plt.subplots()
    figure = chinchilla.plot("fit")
    assert figure.to_matplotlib(axis) == [axis]
    assert axis.has_data()


def test_figures_of_answers_can_be_drawn():
    figure = nbar.plot("holdout", nbar.holdout(DATA / "overtraining.csv", bootstrap=40))
    assert all(axis.has_data() for axis in figure.to_matplotlib())
