"""Pages about people and units."""

from django.urls import path

from accounts import (
    audit_views,
    change_request_views,
    cover_views,
    notice_views,
    organisation_views,
    sign_in_views,
    views,
)

app_name = "accounts"
urlpatterns = [
    path("people/", views.people, name="people"),
    path("people/add/", views.add_person, name="add_person"),
    path("people/<uuid:public_id>/", views.person, name="person"),
    path("people/<uuid:public_id>/move/", views.move_person, name="move_person"),
    path("people/<uuid:public_id>/close/", views.close_account, name="close_account"),
    path("people/<uuid:public_id>/grants/give/", views.give_grant, name="give_grant"),
    path(
        "people/<uuid:public_id>/grants/<int:pk>/withdraw/",
        views.withdraw_grant,
        name="withdraw_grant",
    ),
    path("requests/", change_request_views.change_requests_list, name="change_requests"),
    path("requests/ask/", change_request_views.ask_for_change, name="ask_for_change"),
    path("requests/<int:pk>/", change_request_views.change_request, name="change_request"),
    path("requests/<int:pk>/refuse/", change_request_views.refuse_change, name="refuse_change"),
    path(
        "requests/<int:pk>/withdraw/",
        change_request_views.withdraw_change,
        name="withdraw_change",
    ),
    path("units/", views.units, name="units"),
    path("units/<slug:slug>/", views.unit, name="unit"),
    path("units/<slug:slug>/add/", views.add_unit, name="add_unit"),
    path("units/<slug:slug>/rename/", views.rename_unit, name="rename_unit"),
    path("units/<slug:slug>/move/", organisation_views.move_unit, name="move_unit"),
    path("units/<slug:slug>/units.csv", organisation_views.export_units, name="export_units"),
    path("units/<slug:slug>/people.csv", organisation_views.export_people, name="export_people"),
    path("organisation/", organisation_views.import_organisation, name="import_organisation"),
    path(
        "organisation/<int:pk>/",
        organisation_views.check_organisation_import,
        name="check_organisation_import",
    ),
    path("departments/add/", views.add_department, name="add_department"),
    path("people/<uuid:public_id>/cover/", cover_views.cover_for, name="cover_for"),
    path("cover/", cover_views.cover, name="cover"),
    path("cover/<int:pk>/end/", cover_views.end_cover, name="end_cover"),
    path("account/", sign_in_views.how_you_sign_in, name="how_you_sign_in"),
    path("account/who-looked/", audit_views.who_looked, name="who_looked"),
    path("audit/", audit_views.audit_log, name="audit_log"),
    path("notices/settings/", notice_views.notice_settings, name="notice_settings"),
]
