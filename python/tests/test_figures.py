"""Figures can be drawn again by matplotlib."""

import copy
import pickle

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
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("training FLOPs", "loss, nats a token")
    assert axis.figure.get_suptitle() == "Loss and compute"


def test_axes_can_be_given(chinchilla):
    _, axis = plt.subplots()
    figure = chinchilla.plot("fit")
    assert figure.to_matplotlib(axis) == [axis]
    assert axis.has_data()
    residuals = chinchilla.plot("residuals")
    axes = plt.subplots(2, 2)[1]
    assert residuals.to_matplotlib(axes) == list(axes.flat)
    assert [axis.get_ylabel() for axis in axes.flat] == ["residual, of L"] * 4
    with pytest.raises(nbar.OptionError, match="axes are 2, and the figure has 4 panels; give 4"):
        residuals.to_matplotlib(plt.subplots(1, 2)[1])


def segments(axis):
    """The lines of two points that are no curve: intervals."""
    return [line.get_xydata() for line in axis.get_lines() if len(line.get_xdata()) == 2]


def intervals(figure):
    """The points that have an interval."""
    data = figure.data
    rows = [dict(zip(data, row)) for row in zip(*data.values())]
    return [row for row in rows if row["y"] is not None and (row["lower"], row["upper"]) != (None, None)]


@pytest.mark.parametrize("kind", ["forest", "isoflop", "holdout", "compare"])
def test_intervals_lie_along_their_axis(kind, chinchilla):
    made = {
        "holdout": lambda: nbar.holdout(DATA / "overtraining.csv", bootstrap=30),
        "compare": lambda: nbar.compare(DATA / "overtraining.csv", laws=["chinchilla", "tied"], bootstrap=20),
    }
    figure = nbar.plot(kind, made.get(kind, lambda: chinchilla)())
    drawn = [line.tolist() for axis in figure.to_matplotlib() for line in segments(axis)]
    rows = intervals(figure)
    assert rows
    for row in rows:
        ends = [row["lower"], row["upper"]]
        along = [[end, row["y"]] for end in ends] if kind != "holdout" else [[row["x"], end] for end in ends]
        assert along in drawn


def test_an_open_end_is_an_arrow():
    lines = (DATA / "chinchilla.csv").read_text().splitlines()
    rows = [line.split(",") for line in lines[1:] if line.endswith(",0")][:7]
    fit = nbar.fit({name: [row[i] for row in rows] for i, name in enumerate(lines[0].split(","))}, bootstrap=50)
    figure = fit.plot("forest")
    (row,) = [row for row in intervals(figure) if row["upper"] is None]
    axis = dict(zip(dict.fromkeys(figure.data["panel"]), figure.to_matplotlib()))[row["panel"]]
    arrows = [line for line in axis.get_lines() if line.get_marker() == 5]
    assert [line.get_xydata().tolist() for line in arrows] == [[[row["x"], row["y"]]]]


def test_bands_may_have_open_ends():
    figure = nbar.fit(DATA / "t5_c4_sparse.csv", law="sparse", bootstrap=50).plot("optimum")
    assert None in [end for end, y in zip(figure.data["upper"], figure.data["y"]) if y is None]
    assert all(axis.has_data() for axis in figure.to_matplotlib())


def test_figures_of_answers_can_be_drawn():
    figure = nbar.plot("holdout", nbar.holdout(DATA / "overtraining.csv", bootstrap=40))
    assert all(axis.has_data() for axis in figure.to_matplotlib())
    several = nbar.versus(DATA / "overtraining.csv", "rpj", group="group", bootstrap=20)
    titles = [axis.get_title() for axis in nbar.plot("versus", several).to_matplotlib()]
    assert titles == [one.challenger for one in several]


@pytest.mark.parametrize("call, remedy", [
    (lambda fit: nbar.plot("plan"), 'nbar.plot("plan", answer)'),
    (lambda fit: nbar.plot("plan", fit.predict(params=1e9, tokens=1e10)), "what fit.plan(...) returned"),
    (lambda fit: fit.plot("design"), "what nbar.design(...) returned"),
    (lambda fit: nbar.plot("frontier"), 'nbar.plot("frontier", fit)'),
    (lambda fit: nbar.plot("frontier", fit, fit), "2 things are given"),
    (lambda fit: nbar.plot("forest", fit, DATA / "chinchilla.csv"), 'nbar.plot("forest", fit, other)'),
    (lambda fit: nbar.plot("forest"), 'nbar.plot("forest", fit)'),
])
def test_what_a_kind_is_not_drawn_from(call, remedy, chinchilla):
    with pytest.raises(nbar.UnanswerableError) as raised:
        call(chinchilla)
    assert remedy in str(raised.value) and raised.value.remedy and "format" not in str(raised.value)


def test_a_figure_says_what_it_is(chinchilla):
    figure = chinchilla.plot("fit")
    assert repr(figure) == "<nbar.Figure of kind 'fit'>"
    assert copy.deepcopy(figure) is figure
    with pytest.raises(nbar.OptionError, match="cannot be pickled; pickle what it is drawn from"):
        pickle.dumps(figure)
    with pytest.raises(nbar.OptionError, match=r"'x.jpg' is no file of a figure; end its name with .svg, .png or .pdf"):
        figure.save("x.jpg")
    with pytest.raises(nbar.OptionError, match="kind is of type Fit; give the kind first"):
        nbar.plot(chinchilla, "fit")
