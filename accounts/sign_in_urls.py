"""Pages about signing in that allauth knows by these names, with views of ours."""

from django.urls import path

from accounts import sign_in_views as views

urlpatterns = [
    path("department/", views.department_sign_in, name="department_sign_in"),
    path("department/cancelled/", views.cancelled, name="socialaccount_login_cancelled"),
    path("department/<slug:provider_id>/", views.go_to_department, name="openid_connect_login"),
    path(
        "department/<slug:provider_id>/back/",
        views.back_from_department,
        name="openid_connect_callback",
    ),
    path("departments/", views.department_accounts, name="socialaccount_connections"),
    path("sessions/", views.sessions, name="usersessions_list"),
]
