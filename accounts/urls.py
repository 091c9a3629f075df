"""Pages about people and units."""

from django.urls import path

from accounts import cover_views, notice_views, views

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
    path("units/", views.units, name="units"),
    path("units/<slug:slug>/", views.unit, name="unit"),
    path("units/<slug:slug>/add/", views.add_unit, name="add_unit"),
    path("units/<slug:slug>/rename/", views.rename_unit, name="rename_unit"),
    path("departments/add/", views.add_department, name="add_department"),
    path("people/<uuid:public_id>/cover/", cover_views.cover_for, name="cover_for"),
    path("cover/", cover_views.cover, name="cover"),
    path("cover/<int:pk>/end/", cover_views.end_cover, name="end_cover"),
    path("notices/settings/", notice_views.notice_settings, name="notice_settings"),
]
