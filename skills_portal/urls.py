"""Every address of the portal."""

from django.urls import include, path

from skills_portal import privacy_views, records_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("ambassador/", views.ambassador, name="ambassador"),
    path("notices/read/", views.mark_notices_read, name="mark_notices_read"),
    path("healthz", views.alive, name="alive"),
    path("readyz", views.ready, name="ready"),
    path("metrics", views.figures, name="metrics"),
    path(".well-known/security.txt", views.security_txt, name="security_txt"),
    path("privacy/", privacy_views.privacy, name="privacy"),
    path("cookies/", privacy_views.cookies, name="cookies"),
    path("account/your-data/", records_views.your_data, name="your_data"),
    path("people/<uuid:public_id>/erase/", records_views.erase_person, name="erase_person"),
    path("account/", include("allauth.account.urls")),
    path("account/second-step/", include("allauth.mfa.urls")),
    path("account/", include("accounts.sign_in_urls")),
    path("", include("accounts.urls")),
    path("", include("assessments.urls")),
    path("", include("learning.urls")),
    path("", include("reports.urls")),
]
handler400 = "skills_portal.views.bad_request"
