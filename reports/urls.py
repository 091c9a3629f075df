"""Pages about gap reports."""

app_name = "reports"
urlpatterns = []
