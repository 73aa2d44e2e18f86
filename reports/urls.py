"""The public addresses of `reports`: statements and receipts for whoever has the code, and what
everybody may know."""

from django.urls import path

from reports import views
from reports.public import transparency_views

urlpatterns = [
    path("statement/<slug:code>/", views.statement, name="statement"),
    path("statement/<slug:code>/appeal/", views.appeal, name="statement-appeal"),
    path("statement/<slug:code>/pressed/", views.pressed, name="statement-pressed"),
    path("transparency/", transparency_views.transparency, name="transparency"),
    path("receipt/<slug:code>/", views.receipt, name="receipt"),
]
