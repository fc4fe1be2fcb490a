"""The API's document says what the API does, for the modules that the county has enabled."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from tests.core.site import Browser, Site
from zhuji_core.web.guards import handlers_of
from zhuji_core.web.openapi.operations import PREFIX, undeclared
from zhuji_core.web.problems import PROBLEM_JSON

PROBLEM = "#/components/schemas/Problem"


def document(browser: Browser, county: str = "txg") -> Any:
    return browser.get(f"/{county}/api/openapi.json").json()


def operations_of(found: Any) -> dict[str, Any]:
    return {
        one["operationId"]: one for methods in found["paths"].values() for one in methods.values()
    }


@pytest.fixture
def whole(whole_site: Site) -> Any:
    whole_site.given_user("clerk", "REQ")
    with whole_site.browser("clerk") as browser:
        return document(browser)


def test_every_operation_of_the_api_is_there(whole_site: Site, whole: Any) -> None:
    written = operations_of(whole)
    routes = {
        getattr(handler, "operation_id", "")
        for path, handler in handlers_of(whole_site.app)
        if path.startswith(PREFIX)
    }
    assert set(written) == routes
    assert len(routes) > 20
    for one in written.values():
        assert re.search(r"[\u4e00-\u9fff]", one["summary"]) or "probe" in one["operationId"], one


def test_every_route_says_what_it_answers(whole_site: Site) -> None:
    assert undeclared(whole_site.app) == []


def test_a_county_sees_its_own_modules_only(whole_site: Site) -> None:
    whole_site.given_user("clerk", "REQ", county="MLI")
    with whole_site.browser("clerk", county="mli") as browser:
        found = document(browser, "mli")
        text = " ".join([*found["paths"], *operations_of(found), str(found["tags"])])
        assert found["servers"] == [{"url": "/mli"}]
        assert "/api/v1/budget/lines" in found["paths"]
        assert "accounting" not in text
        assert "E-PERIOD-CLOSED" not in str(found)
        whole_site.switch("MLI", modules=())
        assert not any("budget" in path for path in document(browser, "mli")["paths"])


def test_every_answer_is_declared_with_its_codes(whole: Any) -> None:
    for one in operations_of(whole).values():
        answers = one["responses"]
        assert {"401", "404", "422", "503"} <= set(answers), one["operationId"]
        for status, answer in answers.items():
            if status.startswith("2"):
                continue
            first, second = answer["content"][PROBLEM_JSON]["schema"]["allOf"]
            assert first == {"$ref": PROBLEM}
            assert second["properties"]["status"] == {"const": int(status)}
            assert second["properties"]["code"]["enum"]
    certify = operations_of(whole)["accounting.requests.certify"]["responses"]
    codes = certify["409"]["content"][PROBLEM_JSON]["schema"]["allOf"][1]["properties"]["code"]
    assert {"E-ALLOT-INSUFFICIENT", "E-PERIOD-CLOSED", "E-COUNTY-READ-ONLY"} <= set(codes["enum"])
    reading = operations_of(whole)["accounting.requests.read"]["responses"]
    assert "E-COUNTY-READ-ONLY" not in str(reading)
    assert "400" not in reading


def test_schemas_are_those_of_the_structs(whole: Any) -> None:
    schemas = whole["components"]["schemas"]
    assert schemas["WantedRequest"]["additionalProperties"] is False
    assert schemas["Problem"]["required"][:4] == ["type", "title", "status", "code"]
    listed = operations_of(whole)["accounting.requests.list"]
    limit = next(one for one in listed["parameters"] if one["name"] == "limit")
    assert limit["schema"]["minimum"] == 1
    assert limit["schema"]["maximum"] == 200
    assert limit["schema"]["default"] == 50
    upload = operations_of(whole)["budget.imports.import"]["requestBody"]["content"]
    assert list(upload) == ["multipart/form-data"]
    references = set(
        re.findall(r'"#/components/schemas/([^"]+)"', msgspec.json.encode(whole).decode())
    )
    assert references <= set(schemas)


def test_who_writes_needs_the_token_and_a_key(whole: Any) -> None:
    written = operations_of(whole)["accounting.requests.write"]
    assert {"session": [], "csrf": []} in written["security"]
    key = next(one for one in written["parameters"] if one["name"] == "Idempotency-Key")
    assert key["required"]
    read = operations_of(whole)["accounting.requests.read"]
    assert {"session": []} in read["security"]
    assert whole["components"]["securitySchemes"]["session"]["name"] == "zhuji_session_txg"


def test_the_document_is_for_whoever_is_signed_in(stranger: Browser) -> None:
    answer = stranger.get("/txg/api/openapi.json")
    assert (answer.status_code, answer.json()["code"]) == (401, "E-NOT-SIGNED-IN")
    assert stranger.get("/txg/api/docs").status_code == 303


def test_summaries_are_read_in_the_readers_language(whole_site: Site) -> None:
    whole_site.given_user("clerk", "REQ")
    with whole_site.browser("clerk") as browser:
        chinese = operations_of(document(browser))["accounting.requests.write"]["summary"]
        browser.form("/txg/language", {"language": "en"})
        english = operations_of(document(browser))["accounting.requests.write"]["summary"]
    assert chinese == "填寫動支申請"
    assert english.isascii()


def test_permissions_of_operations_are_told(whole_site: Site, whole: Any) -> None:
    names = {one.name for one in whole_site.permissions}
    for one in operations_of(whole).values():
        assert one.get("x-permission", "") in {"", *names}
