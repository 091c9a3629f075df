"""Pages about frameworks, self-assessments and teams."""

app_name = "assessments"
urlpatterns = []
