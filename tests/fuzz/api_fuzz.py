"""Every operation of the API's document, called with whatever fits its schema and what does not.

Schemathesis makes the requests from the county's own document; the application and PostgreSQL
are real. Ids and codes that stand in the database are put where the document has a parameter or
a field of that name, so that requests reach documents and not only "not found".
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import hypothesis
import requests
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from schemathesis.checks import load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import GenerationMode

from tests.core.probe import ProbeModule, ProbeNumbers
from tests.core.site import NO_TRUST, Browser, Site
from tests.plugins.accounting.given import given_office
from tests.plugins.accounting.people import People
from zhuji_core import hooks
from zhuji_core.testing.counties import CountyUnderTest
from zhuji_core.web.csrf import CSRF_COOKIE

ACCOUNT = "fuzz"
KNOWN_MAX = 20
SAMPLES = {"uuid": str(uuid.UUID(int=1)), "integer": "105", "date": "2016-03-15"}

# Good data may still be refused by a rule of the business: that is an answer, no fault.
ANSWERS = ["2xx", "401", "403", "404", "409", "413", "422", "429", "503"]
CHECKS = {
    "checks": {
        "positive_data_acceptance": {"expected-statuses": ANSWERS},
        "negative_data_rejection": {"expected-statuses": [*ANSWERS[1:], "400", "405", "415"]},
    }
}

# One person who holds every right: who may not is the matter of the guards' own tests.
EVERYTHING = """
    WITH made AS (
        INSERT INTO kernel.role (role_code, title) VALUES ('FUZZ', 'everything')
    ), held AS (
        INSERT INTO kernel.role_permission (role_code, permission)
        SELECT 'FUZZ', p.permission FROM kernel.permission AS p
    )
    INSERT INTO kernel.role_grant (grant_id, user_id, role_code, agency_code, valid_from)
    SELECT CAST(:grant_id AS uuid), u.user_id, 'FUZZ', NULL, DATE '2016-01-01'
      FROM kernel.user_account AS u
     WHERE u.account = :account
"""
COLUMNS = """
    SELECT table_schema, table_name, column_name
      FROM information_schema.columns
     WHERE column_name = ANY(:names) AND table_schema NOT IN ('pg_catalog', 'information_schema')
     ORDER BY 1, 2, 3
"""


@dataclass(kw_only=True)
class Outcome:
    """What the examples of one operation came to."""

    operation: str
    examples: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    @property
    def server_errors(self) -> int:
        return sum(count for status, count in self.statuses.items() if status >= 500)


class Fuzz:
    """The API of one county as one person meets it."""

    def __init__(self, site: Site, browser: Browser, *, county: str = "txg") -> None:
        load_all_checks()
        self._site = site
        self._browser = browser
        self._county = county
        document = browser.get(f"/{county}/api/openapi.json").json()
        # Every request is signed in: Schemathesis need not guess cookies.
        for methods in document["paths"].values():
            for operation in methods.values():
                operation.pop("security")
        config = SchemathesisConfig.from_dict(CHECKS)
        self._schema: Any = schemathesis.openapi.from_dict(document, config=config)
        self._session = requests.Session()
        self._known = _known_values(site, document, county=county)

    def operations(self) -> dict[str, Any]:
        """Return the operations of the document by id."""
        found = [result.ok() for result in self._schema.get_all_operations()]
        return {one.definition.raw["operationId"]: one for one in found}

    def run(self, operation: Any, *, examples: int, seed: int) -> Outcome:
        """Send ``examples`` requests, half of them wrong in some way; the same for one seed."""
        outcome = Outcome(operation=operation.definition.raw["operationId"])
        cases = st.one_of(
            operation.as_strategy(GenerationMode.POSITIVE),
            operation.as_strategy(GenerationMode.NEGATIVE),
        )

        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @hypothesis.given(case=cases, draw=st.randoms(use_true_random=False))
        def send(case: Any, draw: Any) -> None:
            self._put_known(case, draw)
            self._send(case, outcome)

        send()
        return outcome

    def as_stranger(self, operation: Any) -> tuple[int, str]:
        """Call the operation without session: a token of CSRF, a key and nothing else."""
        base_url = f"{self._site.address}/{self._county}"
        with httpx.Client(base_url=base_url, timeout=60, verify=NO_TRUST) as client:
            client.get("/sign-in")
            headers = {
                "X-CSRFToken": Browser(client).csrf,
                "Idempotency-Key": str(uuid.uuid4()),
                "Content-Type": "application/json",
            }
            answer = client.request(
                operation.method, _sample_path(operation), content=b"{}", headers=headers
            )
        return answer.status_code, str(answer.json().get("code", ""))

    def _send(self, case: Any, outcome: Outcome) -> None:
        headers = self._headers(case)
        response = case.call(
            base_url=f"{self._site.address}/{self._county}", session=self._session, headers=headers
        )
        outcome.examples += 1
        outcome.statuses[response.status_code] += 1
        try:
            case.validate_response(
                response,
                headers=headers,
                transport_kwargs={"session": self._session, "headers": headers},
            )
        except FailureGroup as group:
            outcome.failures.extend(_told(case, one) for one in group.exceptions)
        except Failure as failure:
            outcome.failures.append(_told(case, failure))

    def _headers(self, case: Any) -> dict[str, str]:
        cookies = {one.name: one.value for one in self._browser.client.cookies.jar}
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "X-CSRFToken": cookies.get(CSRF_COOKIE) or "",
        }
        # A new key for each example that has one, or every second would be the first's replay.
        if (case.headers or {}).get("Idempotency-Key") and case.meta.generation.mode.is_positive:
            headers["Idempotency-Key"] = str(uuid.uuid4())
        return headers

    def _put_known(self, case: Any, draw: Any) -> None:
        """Put what the database knows into half of the places that bear its name."""
        parts = {
            ParameterLocation.PATH: case.path_parameters,
            ParameterLocation.QUERY: case.query,
            ParameterLocation.BODY: case.body,
        }
        for place, values in parts.items():
            made = case.meta.components.get(place)
            # What is wrong on purpose stays wrong.
            if not isinstance(values, dict) or made is None or made.mode.is_negative:
                continue
            for name in values:
                known = self._known.get(name)
                if known and draw.random() < 1 / 2:
                    values[name] = draw.choice(known)


def _sample_path(operation: Any) -> str:
    """Return a path of the operation that the router takes."""
    path = str(operation.path)
    for one in operation.definition.raw["parameters"]:
        if one["in"] == "path":
            kind = one["schema"].get("format") or one["schema"].get("type")
            path = path.replace(f"{{{one['name']}}}", SAMPLES.get(kind, "a"))
    return path


def _told(case: Any, failure: Failure) -> str:
    return f"{case.method} {case.formatted_path}: {failure.title}: {failure.message[:300]}"


def _known_values(site: Site, document: Any, *, county: str) -> Mapping[str, list[Any]]:
    names = sorted(_names(document))
    known: dict[str, list[Any]] = {}
    under_test = site.under_test[county.upper()]
    for schema, table, column in under_test.rows(COLUMNS, names=names):
        rows = under_test.rows(
            f'SELECT DISTINCT "{column}" AS value FROM {schema}.{table}'  # noqa: S608 (the catalog)
            f' WHERE "{column}" IS NOT NULL ORDER BY 1 LIMIT {KNOWN_MAX}'
        )
        values = [str(one.value) if isinstance(one.value, uuid.UUID) else one.value for one in rows]
        plain = [value for value in values if isinstance(value, str | int)]
        known.setdefault(column, []).extend(plain)
    return known


def _names(found: Any) -> Iterator[str]:
    """Give every name of a parameter or property that the document has."""
    if isinstance(found, list):
        for item in found:
            yield from _names(item)
    if not isinstance(found, dict):
        return
    if isinstance(found.get("name"), str):
        yield found["name"]
    properties = found.get("properties")
    if isinstance(properties, dict):
        yield from properties
    for item in found.values():
        yield from _names(item)


@contextmanager
def fuzzed_site() -> Iterator[Site]:
    """Serve every installed module; the probe is there for its county, without its routes."""
    with Site(module=ProbeModule(ProbeNumbers), manager=hooks.load()).served() as site:
        yield site


def given_documents(site: Site, county: CountyUnderTest) -> None:
    """Fill the county with a budget, and with requests in each state."""
    with People.signed_in(site, given_office(county)) as people:
        people.written(1)
        people.submitted(2)
        people.approved(3)
        people.certified(4)


@contextmanager
def fuzzed(site: Site, *, county: str = "txg") -> Iterator[Fuzz]:
    """Make the person who may do everything, sign in, and read the document."""
    site.given_user(ACCOUNT, county=county.upper())
    site.under_test[county.upper()].execute(EVERYTHING, grant_id=str(uuid.uuid4()), account=ACCOUNT)
    with site.browser(ACCOUNT, county=county) as browser:
        yield Fuzz(site, browser, county=county)
