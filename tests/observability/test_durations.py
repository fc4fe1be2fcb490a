"""The histogram of durations knows the route."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from opentelemetry.sdk.metrics.export import HistogramDataPoint

from tests.observability.conftest import Watched
from zhuji_observability.routes import DURATION, public_route


def test_duration_is_counted_by_route(watched: Watched) -> None:
    for line_id in range(3):
        watched.request(f"/txg/budget/lines/{line_id}")
    (point,) = durations(watched)
    assert point.count == 3
    assert attributes_of(point) == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "http.route": "/{county}/budget/lines/{line_id}",
        "url.scheme": "http",
        "zhuji.county": "TXG",
        "zhuji.module": "budget",
    }


def test_unmatched_paths_share_one_series(watched: Watched) -> None:
    for path in ("/a", "/b/c", "/wp-login.php"):
        watched.request(path)
    (point,) = durations(watched)
    assert point.count == 3
    assert "http.route" not in attributes_of(point)


def test_failure_is_counted_with_its_route(watched: Watched) -> None:
    watched.request("/txg/api/v1/accounting/requests", "POST")
    (point,) = durations(watched)
    assert attributes_of(point)["http.response.status_code"] == 500
    assert attributes_of(point)["http.route"] == "/{county}/api/v1/accounting/requests"


@pytest.mark.parametrize("probe", ["王小明", "A1234567", "payee-wang"])
def test_what_is_no_code_of_a_county_is_told_as_none(watched: Watched, probe: str) -> None:
    watched.request(f"/{probe}/api/v1/accounting/requests", "POST")
    (point,) = durations(watched)
    assert "zhuji.county" not in attributes_of(point)


def test_kernel_owns_what_no_module_mounted(watched: Watched) -> None:
    watched.request("/health")
    (point,) = durations(watched)
    assert attributes_of(point)["zhuji.module"] == "kernel"
    assert "zhuji.county" not in attributes_of(point)


def test_unknown_county_makes_no_series(watched: Watched) -> None:
    for county in ("abc", "xyz"):
        assert watched.request(f"/{county}/lost").status_code == 404
    (point,) = durations(watched)
    assert point.count == 2
    assert "zhuji.county" not in attributes_of(point)


@pytest.mark.parametrize(
    ("template", "route"),
    [
        ("/{county:str}/budget/lines", "/{county}/budget/lines"),
        ("/{county:str}/budget/lines/{line_id:uuid}", "/{county}/budget/lines/{line_id}"),
        ("/static/{path:path}", "/static/{path}"),
        ("/health", "/health"),
    ],
)
def test_route_has_no_types(template: str, route: str) -> None:
    assert public_route(template) == route


def durations(watched: Watched) -> list[HistogramDataPoint]:
    data = watched.metrics.get_metrics_data()
    assert data is not None
    return [
        point
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        if metric.name == DURATION
        for point in metric.data.data_points
        if isinstance(point, HistogramDataPoint)
    ]


def attributes_of(point: HistogramDataPoint) -> Mapping[str, object]:
    return dict(point.attributes or {})
