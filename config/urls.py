"""Every address of the site, as far as this process serves it (PAGES)."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import JavaScriptCatalog

from config import health
from config.metrics import metrics
from config.screening_health import read_health
from reports.admin.registry import site as staff

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics),
]
if settings.PAGES in {"all", "staff"}:
    staff.measures.source = read_health
    urlpatterns.append(path("admin/", staff.urls))
if settings.PAGES in {"all", "public"}:
    urlpatterns += [
        path("jsi18n/", JavaScriptCatalog.as_view(packages=["chat"]), name="javascript-catalog"),
        path("", include("chat.urls")),
    ]
if settings.PAGES != "health":
    urlpatterns.append(path("", include("reports.urls")))
