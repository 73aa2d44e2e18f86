"""The addresses of the chat's pages and of its JSON edge."""

from django.urls import path

from chat import advice, api, me, notices, views
from chat.views import Words

urlpatterns = [
    path("", views.index, name="index"),
    path("terms/", Words.as_view(template_name="chat/terms.html"), name="terms"),
    path("privacy/", Words.as_view(template_name="chat/privacy.html"), name="privacy"),
    path("rules/", Words.as_view(template_name="chat/rules.html"), name="rules"),
    path(
        "help/",
        Words.as_view(template_name="chat/help.html", extra_context=advice.help_page()),
        name="help",
    ),
    path("notice/", notices.notice, name="notice"),
    path("me/", me.me, name="me"),
    path("me/delete/", me.delete, name="me-delete"),
    path("me/preferences/", me.save_preferences, name="me-preferences"),
    path("me/checking/", me.choose_prevalence, name="me-checking"),
    path("me/unblock/", me.unblock, name="me-unblock"),
    path("api/terms", api.terms, name="api-terms"),
    path("api/enter", api.enter, name="api-enter"),
    path("api/leave", api.leave, name="api-leave"),
]
