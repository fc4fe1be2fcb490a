"""Django as two of the peers need it: set up once, over the database of the environment."""

from __future__ import annotations

import os
from collections.abc import Sequence

APPS = ("django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
        "django.contrib.messages", "django.contrib.admin")  # fmt: skip


def begin(more: Sequence[str]) -> None:
    """Configure Django with these applications; no more is loaded than they need."""
    import django  # noqa: PLC0415 (of the dependency group "peers" alone)
    from django.conf import settings  # noqa: PLC0415

    settings.configure(
        INSTALLED_APPS=[*APPS, *more],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"],
                "HOST": os.environ["PGHOST"], "PORT": os.environ["PGPORT"],
                "USER": os.environ["PGUSER"], "PASSWORD": os.environ["PGPASSWORD"],
            }
        },
        USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", MIDDLEWARE=[],
        SECRET_KEY="of a database that holds nothing",  # noqa: S106 (made up)
        DJANGO_LEDGER_USE_DEPRECATED_BEHAVIOR=False, DEFAULT_CURRENCY="TWD", CURRENCIES=["TWD"],
        ALLOWED_HOSTS=["*"], TEMPLATES=[], ROOT_URLCONF="loadtests.peers.django_settings",
    )  # fmt: skip
    django.setup()


urlpatterns: list[object] = []
